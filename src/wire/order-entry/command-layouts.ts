/** The commands of any session as they are on the wire, described for people. Bodies are the commands' own words. */
import * as commands from '#trading/commands.ts';
import { FRAME_HEADER_BYTES, FrameType } from './frame.ts';
import { commandFields } from './layout.ts';
import type { MessageLayout } from './layout.ts';

const ACCOUNT = ['i32', 'Account index.'] as const;
const INSTRUMENT = ['i32', 'Instrument index.'] as const;
const SLOT = ['i32', 'OrderID, first part.'] as const;
const GENERATION = ['i32', 'OrderID, second part; 0 names the order by ClOrdID instead.'] as const;
const CL_ORD_ID = ['u64', 'ClOrdID (11), not 0, unique per account and trading day.'] as const;
const PRICE = ['i32', 'Price (44) in ticks; 0 for market and stop orders.'] as const;

/** Bytes of the frame of a command of `words` words. */
export function frameBytes(words: number): number {
  return FRAME_HEADER_BYTES + (words - commands.HEADER_WORDS) * 4;
}

function command(
  type: number,
  name: string,
  from: MessageLayout['from'],
  words: number,
  text: string,
  fields: MessageLayout['fields'],
): MessageLayout {
  return { type, name, from, counted: true, text, byteLength: frameBytes(words), fields };
}

export const COMMAND_LAYOUTS: readonly MessageLayout[] = [
  command(
    FrameType.newOrder,
    'newOrder',
    'client',
    commands.NEW_ORDER_EXTRAS_WORDS,
    'FIX NewOrderSingle (D). The fields from byte 56 on are sent only with the extras bit of `terms`; without it the frame has 56 bytes. An [extension block](#extension-block) may follow either form. Answered with `executionReport`.',
    commandFields(commands.NewOrder, {
      account: ACCOUNT,
      instrument: INSTRUMENT,
      clOrdIdLow: CL_ORD_ID,
      clOrdIdHigh: 'high',
      terms: [
        'u32',
        'bit 0 Side (0 buy, 1 sell); bits 1–3 OrdType (0 limit, 1 market, 2 stop, 3 stop-limit, 4 pegged to the primary, 5 to the mid); bits 4–6 TimeInForce (0 day, 1 GTC, 2 GTD, 3 IOC, 4 FOK, 5 at the open, 6 at the close); bits 7–9 self-trade prevention (0 none, 1 cancel newest, 2 oldest, 3 both, 4 decrement); bit 10 post-only; bit 11 reduce-only; bit 12 extras follow.',
      ],
      marks: [
        'u32',
        'bits 0–2 capacity (0 DEAL, 1 MTCH, 2 AOTC, 3 principal, 4 agency, 5 riskless); bits 3–4 short sale (0 none, 1 long, 2 short, 3 short exempt); bit 5 direct electronic access; bit 6 liquidity provision; bit 7 entered by hand (both timestamps in the extension block); bit 8 investment decision by an algorithm; bit 9 execution by one.',
      ],
      quantity: ['i32', 'OrderQty (38), lots.'],
      priceTicks: PRICE,
      clientCode: ['u32', 'RTS 24 short code of the client.'],
      investmentCode: ['u32', 'Short code of who decided to invest.'],
      executionCode: ['u32', 'Short code of who decided to execute.'],
      locateId: ['u32', 'Locate of a short sale, else 0.'],
      stopTicks: ['i32', 'StopPx (99), else 0.'],
      displayQuantity: ['i32', 'Displayed part of an iceberg, else 0.'],
      minimumQuantity: ['i32', 'MinQty (110), else 0.'],
      pegOffsetTicks: ['i32', 'How far a peg stays behind its reference.'],
      expireLow: ['i64', 'ExpireTime (126) of a GTD order, microseconds since 1970 UTC, else 0.'],
      expireHigh: 'high',
      linkId: ['i32', 'One-cancels-the-other group, else 0.'],
      takeProfitTicks: ['i32', 'Bracket: limit of the exit with profit, else 0.'],
      stopLossTicks: ['i32', 'Bracket: stop of the exit with loss, else 0.'],
      stopLossLimitTicks: ['i32', 'Its limit; 0 makes it a stop order.'],
    }),
  ),
  command(
    FrameType.amendOrder,
    'amendOrder',
    'client',
    commands.AMEND_ORDER_WORDS,
    'FIX OrderCancelReplaceRequest (G). Size down keeps priority, anything else loses it. Answered with `executionReport`.',
    commandFields(commands.AmendOrder, {
      account: ACCOUNT,
      instrument: INSTRUMENT,
      orderSlot: SLOT,
      orderGeneration: GENERATION,
      clOrdIdLow: ['u64', 'ClOrdID of the order, used where orderGeneration is 0.'],
      clOrdIdHigh: 'high',
      quantity: ['i32', 'New OrderQty (executed plus open); 0 leaves it.'],
      priceTicks: ['i32', 'New price; 0 leaves it.'],
      stopTicks: ['i32', 'New stop price; 0 leaves it.'],
      displayQuantity: ['i32', 'New displayed part; 0 leaves it.'],
    }),
  ),
  command(
    FrameType.cancelOrder,
    'cancelOrder',
    'client',
    commands.CANCEL_ORDER_WORDS,
    'FIX OrderCancelRequest (F). Answered with `executionReport`. Never held back by a rate.',
    commandFields(commands.CancelOrder, {
      account: ACCOUNT,
      instrument: INSTRUMENT,
      orderSlot: SLOT,
      orderGeneration: GENERATION,
      clOrdIdLow: ['u64', 'ClOrdID of the order, used where orderGeneration is 0.'],
      clOrdIdHigh: 'high',
    }),
  ),
  command(
    FrameType.massCancel,
    'massCancel',
    'client',
    commands.MASS_CANCEL_WORDS,
    "FIX OrderMassCancelRequest (q): cancels live orders that meet every condition given; -1 leaves one open. A trader's is confined: participant must be -1; a named account must be its own, and means all its orders; without one only the session's orders are meant. Answered with an `executionReport` for each order and then `accepted`.",
    commandFields(commands.MassCancel, {
      session: ['i32', 'Session id, or -1.'],
      account: ['i32', 'Account index, or -1.'],
      participant: ['i32', 'Participant index, or -1.'],
      instrument: ['i32', 'Instrument index, or -1.'],
      side: ['i32', '0 buy, 1 sell, or -1.'],
      reason: ['u32', 'Engine code the reports carry; set by the node for traders.'],
    }),
  ),
  command(
    FrameType.massQuote,
    'massQuote',
    'client',
    commands.MassQuote.entries,
    'FIX MassQuote (i): up to 64 entries of 24 bytes follow: instrument, bid price in ticks, bid quantity, ask price, ask quantity, reserved (i32 each). A quantity of 0 withdraws that side. Answered with `accepted` or `refused`.',
    commandFields(commands.MassQuote, {
      account: ACCOUNT,
      quoteId: ['i32', "The client's own number."],
      count: ['i32', 'Entries, 1 to 64.'],
      marks: ['u32', 'As in newOrder.'],
      entries: ['rest', 'The entries.'],
    }),
  ),
];
