/**
 * The live orders of the ticket's account in this instrument: amend, cancel, or cancel all. A single cancel acts at
 * once; cancelling all goes through preview and typed confirmation.
 */
import { useState } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { Order } from '../../../../src/api/schemas/orders.ts';
import { describeProblem } from '../../data/client.ts';
import { amendOrder, cancelOrder, massCancel } from '../../data/orders.ts';
import { usePositions, useWrite } from '../../data/queries.ts';
import { count, decimal, integer, NONE } from '../../format/numbers.ts';
import { parsePrice, priceText, stepText } from '../../format/price.ts';
import { clockTime } from '../../format/time.ts';
import { Button } from '../../ui/button.tsx';
import { DangerousAction } from '../../ui/dangerous-action.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { OrderStatusMark } from '../../ui/order-status.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
import { StateMark } from '../../ui/state-mark.tsx';
import { hasPrice, parseQuantity } from './draft.ts';
import './own-orders.css';

interface OwnOrdersProps {
  readonly instrument: Instrument;
  readonly account: number;
  readonly accountName: string;
  readonly orders: readonly Order[];
  readonly mayWrite: boolean;
}

export function OwnOrders({ instrument, account, accountName, orders, mayWrite }: OwnOrdersProps) {
  const [amending, setAmending] = useState<Order | null>(null);
  const [cancellingAll, setCancellingAll] = useState(false);
  const cancel = useWrite(cancelOrder, [['orders']]);
  const { symbol } = instrument;
  return (
    <Panel
      title="Open orders"
      note={<PositionNote account={account} accountName={accountName} symbol={symbol} />}
      flush
      className="own-orders"
      {...(mayWrite && orders.length > 0
        ? {
            actions: (
              <Button small onClick={() => setCancellingAll(true)}>
                Cancel all…
              </Button>
            ),
          }
        : {})}
    >
      {cancel.isError ? (
        <p className="own-problem" role="alert">
          <StateMark tone="down">Not cancelled</StateMark> {describeProblem(cancel.error)}
        </p>
      ) : null}
      {orders.length === 0 ? (
        <Notice title="No open order.">Send one with the ticket.</Notice>
      ) : (
        <ScrollRegion label="Your open orders">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">side</th>
                <th scope="col" className="end">
                  price
                </th>
                <th scope="col" className="end">
                  open / total
                </th>
                <th scope="col" className="middle">
                  type
                </th>
                <th scope="col" className="wide">
                  state
                </th>
                <th scope="col" className="wide">
                  since
                </th>
                <th scope="col">
                  <span className="visually-hidden">acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {orders.map((order) => (
                <tr key={order.orderId}>
                  <td className={order.side}>{order.side}</td>
                  <td className="end">{orderPrice(order, instrument)}</td>
                  <td className="end">
                    {integer(order.leavesQuantity)} / {integer(order.quantity)}
                  </td>
                  <td className="middle">
                    {order.type} {order.timeInForce}
                  </td>
                  <td className="wide">
                    <OrderStatusMark order={order} />
                  </td>
                  <td className="wide muted">{order.createdMicros === null ? NONE : clockTime(order.createdMicros)}</td>
                  <td className="end own-acts">
                    {mayWrite && order.orderId !== null ? (
                      <>
                        <Button
                          small
                          tone="quiet"
                          onClick={() => setAmending(order)}
                          aria-label={`Amend order ${order.orderId}`}
                        >
                          Amend
                        </Button>
                        <Button
                          small
                          tone="quiet"
                          disabled={cancel.isPending && cancel.variables === order.orderId}
                          onClick={() => cancel.mutate(order.orderId ?? '')}
                          aria-label={`Cancel order ${order.orderId}`}
                        >
                          Cancel
                        </Button>
                      </>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      {amending === null ? null : (
        <AmendDialog order={amending} instrument={instrument} close={() => setAmending(null)} />
      )}
      <DangerousAction
        open={cancellingAll}
        onOpenChange={setCancellingAll}
        title="Cancel all"
        description={`Every open order of ${accountName} in ${symbol}.`}
        preview={<StateMark tone="info">Cancels {count(orders.length, 'order')}</StateMark>}
        confirmWord={`CANCEL ${symbol}`}
        actLabel="Cancel all"
        act={async () => {
          const { cancelled } = await massCancel({ account, symbol });
          return { title: 'Cancelled', rows: [['Orders', integer(cancelled)]] };
        }}
      />
    </Panel>
  );
}

/** What the account holds in this instrument. */
function PositionNote({ account, accountName, symbol }: { account: number; accountName: string; symbol: string }) {
  const position = usePositions(account).data?.find((candidate) => candidate.symbol === symbol);
  if (position === undefined || position.netQuantity === 0) return <>{accountName} · flat</>;
  return (
    <>
      {accountName} · {position.netQuantity > 0 ? 'long' : 'short'}{' '}
      <span className="num">
        {integer(Math.abs(position.netQuantity))} at {decimal(position.averagePrice)}
      </span>{' '}
      · unrealised <span className="num">{decimal(position.unrealised)}</span>
    </>
  );
}

function orderPrice(order: Order, instrument: Instrument): string {
  const ticks = order.priceTicks ?? order.stopTicks;
  return ticks === null ? NONE : decimal(priceText(ticks, instrument));
}

function AmendDialog({ order, instrument, close }: { order: Order; instrument: Instrument; close: () => void }) {
  const [quantity, setQuantity] = useState(String(order.quantity));
  const [price, setPrice] = useState(order.priceTicks === null ? '' : priceText(order.priceTicks, instrument));
  const amend = useWrite(
    (change: Parameters<typeof amendOrder>[1]) => amendOrder(order.orderId ?? '', change),
    [['orders']],
  );
  const priced = hasPrice(order.type);
  const lots = parseQuantity(quantity);
  const ticks = priced ? parsePrice(price, instrument) : null;
  const change = {
    ...(lots !== null && lots !== order.quantity ? { quantity: lots } : {}),
    ...(ticks !== null && ticks !== order.priceTicks ? { priceTicks: ticks } : {}),
  };
  const sound = lots !== null && (!priced || ticks !== null) && Object.keys(change).length > 0;
  const keepsPriority = ticks === (priced ? order.priceTicks : null) && lots !== null && lots < order.quantity;

  return (
    <Dialog
      open
      onOpenChange={close}
      title={`Amend order ${order.orderId}`}
      description={`${order.side} ${order.type} in ${order.symbol}, ${integer(order.cumQuantity)} executed.`}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sound) amend.mutate(change, { onSuccess: close });
        }}
      >
        <div className="ticket-pair">
          <TextField
            label="Quantity"
            hint="executed plus open"
            inputMode="numeric"
            value={quantity}
            problem={lots === null ? 'a whole number of lots' : undefined}
            onChange={(event) => setQuantity(event.target.value)}
          />
          {priced ? (
            <TextField
              label="Price"
              hint={instrument.currency}
              inputMode="decimal"
              value={price}
              problem={
                ticks === null
                  ? `a multiple of ${stepText(order.priceTicks ?? instrument.referenceTicks, instrument)}`
                  : undefined
              }
              onChange={(event) => setPrice(event.target.value)}
            />
          ) : null}
        </div>
        <p className="muted own-priority">
          {sound
            ? keepsPriority
              ? 'Keeps its place in the queue.'
              : 'Goes to the end of the queue at its price.'
            : 'Nothing is changed yet.'}
        </p>
        {amend.isError ? (
          <p role="alert">
            <StateMark tone="down">Not amended</StateMark> {describeProblem(amend.error)}
          </p>
        ) : null}
        <div className="dialog-row">
          <Button type="submit" tone="primary" disabled={!sound || amend.isPending}>
            Amend
          </Button>
          <Button tone="quiet" onClick={close}>
            Leave as it is
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
