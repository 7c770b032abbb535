/**
 * What must hold of the real engine's events alone, whatever the reference says: quantity is conserved, trades have
 * two sides and go from the best price on, positions are the sum of fills, no money comes or goes unseen.
 */
import { Code } from '#trading/codes.ts';
import { CommandKind, CorporateAction, CorporateActionKind, Funds, commandKind, readWide } from '#trading/commands.ts';
import { ExecType } from '#trading/events.ts';
import { TimeInForce, timeInForceOf } from '#trading/terms.ts';
import type { ExecutionEvent, PlainEvent, TradeEvent } from './events.ts';
import type { Holdings } from './inspect.ts';

interface Fault {
  what: string;
  expected: unknown;
  got: unknown;
}

interface Seen {
  leaves: number;
  cum: number;
}

const ENDS = new Set<number>([ExecType.canceled, ExecType.expired]);

export class Watch {
  private readonly live = new Map<string, Seen>();
  private readonly nets = new Map<string, number>();
  private readonly trades = new Map<number, TradeEvent & { buyer: number; seller: number }>();
  private readonly funds = new Map<number, bigint>();
  private splitSeen = false;
  private dividendSeen = false;
  private taker = '';
  private takerPrice = 0;
  private lastTradeId = 0;

  /** Looks at one command and its events. */
  see(words: Int32Array, events: readonly PlainEvent[]): Fault | undefined {
    let pair: ExecutionEvent[] = [];
    this.taker = '';
    this.noteCash(words, events);
    for (const event of events) {
      if (event.kind === 'execution') {
        const fault = this.seeExecution(event);
        if (fault !== undefined) return fault;
        if (isAboutTrade(event)) pair.push(event);
      }
      if (event.kind === 'trade') {
        const fault = this.seeTrade(event, pair);
        if (fault !== undefined) return fault;
        pair = [];
      }
    }
    return pair.length === 0 ? undefined : { what: 'an execution without a trade print', expected: [], got: pair };
  }

  private seeExecution(event: ExecutionEvent): Fault | undefined {
    const key = `${event.slot}/${event.generation}`;
    const wrong = (what: string): Fault => ({
      what: `${what} of order ${key}`,
      expected: this.live.get(key),
      got: event,
    });
    if (event.execType === ExecType.new) {
      if (this.live.has(key)) return wrong('second new');
      this.live.set(key, { leaves: event.leaves, cum: 0 });
      return event.cum === 0 && event.leaves > 0 ? undefined : wrong('quantities');
    }
    if (event.execType === ExecType.rejected || event.execType === ExecType.requestRejected) return undefined;
    if (event.execType === ExecType.tradeCancel || event.execType === ExecType.tradeCorrect) return undefined;
    const seen = this.live.get(key);
    if (seen === undefined) return wrong('event after the end');
    if (event.execType === ExecType.trade) {
      if (event.leaves !== seen.leaves - event.lastQuantity || event.cum !== seen.cum + event.lastQuantity)
        return wrong('quantity');
      seen.leaves = event.leaves;
      seen.cum = event.cum;
      if (seen.leaves === 0) this.live.delete(key);
      return event.lastQuantity > 0 && seen.leaves >= 0 ? undefined : wrong('trade quantity');
    }
    if (event.cum !== seen.cum) return wrong('executed quantity');
    if (ENDS.has(event.execType)) {
      const isFillOrKill = timeInForceOf(event.terms) === TimeInForce.fok;
      if (isFillOrKill && event.cum > 0) return wrong('part of a fill-or-kill');
      this.live.delete(key);
      return event.leaves === 0 && event.reason !== Code.ok ? undefined : wrong('end');
    }
    if (event.execType === ExecType.restated && event.leaves >= seen.leaves) return wrong('restatement');
    seen.leaves = event.leaves;
    return event.leaves > 0 ? undefined : wrong('live order without leaves');
  }

  private seeTrade(trade: TradeEvent, pair: readonly ExecutionEvent[]): Fault | undefined {
    const wrong = (what: string): Fault => ({ what, expected: trade, got: pair });
    if (pair.length !== 2) return wrong('a trade without its two executions');
    if (
      pair.some(
        (one) => one.tradeId !== trade.tradeId || one.lastPrice !== trade.price || one.lastQuantity !== trade.quantity,
      )
    ) {
      return wrong('executions that do not fit their trade');
    }
    const [maker, taker] = pair as [ExecutionEvent, ExecutionEvent];
    if ((maker.terms & 1) === (taker.terms & 1)) return wrong('a trade between two orders of one side');
    const buyer = (maker.terms & 1) === 0 ? maker.account : taker.account;
    const seller = (maker.terms & 1) === 0 ? taker.account : maker.account;
    if (trade.correction === 0) {
      if (!this.keepsPricePriority(trade)) return wrong('a worse price before a better one');
      if (trade.tradeId !== this.lastTradeId + 1) return wrong('trade ids that do not count up');
      this.lastTradeId = trade.tradeId;
      this.move(trade, buyer, seller, 1);
      this.trades.set(trade.tradeId, { ...trade, buyer, seller });
      return undefined;
    }
    const earlier = this.trades.get(trade.tradeId);
    if (earlier === undefined) return wrong('a correction of no trade');
    this.move(earlier, buyer, seller, -1);
    if (trade.correction === 2) this.move(trade, buyer, seller, 1);
    this.trades.set(trade.tradeId, { ...trade, buyer, seller });
    return undefined;
  }

  /** The trades of one incoming order go from the best price on. */
  private keepsPricePriority(trade: TradeEvent): boolean {
    if (trade.aggressorSide === 2) return true;
    const taker = `${trade.takerSlot}/${trade.takerGeneration}`;
    const sign = trade.aggressorSide === 0 ? 1 : -1;
    const keeps = taker !== this.taker || sign * (trade.price - this.takerPrice) >= 0;
    this.taker = taker;
    this.takerPrice = trade.price;
    return keeps;
  }

  /** Notes what came in from outside: funds, and that splits and dividends changed positions and cash. */
  private noteCash(words: Int32Array, events: readonly PlainEvent[]): void {
    const kind = commandKind(words, 0);
    if (!events.some((event) => event.kind === 'accepted' && event.commandKind === kind)) return;
    if (kind === CommandKind.funds) {
      const account = words[Funds.account];
      this.funds.set(account, (this.funds.get(account) ?? 0n) + BigInt(readWide(words, Funds.amountLow)));
    }
    if (kind !== CommandKind.corporateAction) return;
    if (words[CorporateAction.kind] === CorporateActionKind.split) this.splitSeen = true;
    else this.dividendSeen = true;
  }

  /** Cash is what was paid in, plus results, less what positions cost and fees: to the last unit, in every account. */
  cashFault(holdings: Holdings): Fault | undefined {
    if (this.dividendSeen) return undefined;
    for (const [account, { cash }] of Object.entries(holdings.accounts)) {
      const rows = holdings.rows.filter((row) => row.account === Number(account));
      const earned = rows.reduce((sum, row) => sum + BigInt(row.realised) - BigInt(row.cost) - BigInt(row.fees), 0n);
      const expected = (this.funds.get(Number(account)) ?? 0n) + earned;
      if (expected !== BigInt(cash))
        return { what: `cash of account ${account}`, expected: Number(expected), got: cash };
    }
    return undefined;
  }

  private move({ instrument, quantity }: TradeEvent, buyer: number, seller: number, direction: number): void {
    for (const [account, sign] of [
      [buyer, 1],
      [seller, -1],
    ] as const) {
      const key = `${account}/${instrument}`;
      this.nets.set(key, (this.nets.get(key) ?? 0) + sign * direction * quantity);
    }
  }

  /** Positions are the sum of fills, as long as no split has changed them. */
  positionsFault(holdings: Holdings): Fault | undefined {
    if (this.splitSeen) return undefined;
    for (const row of holdings.rows) {
      const fills = this.nets.get(`${row.account}/${row.instrument}`) ?? 0;
      if (fills !== row.net)
        return {
          what: `position of account ${row.account} is not the sum of its fills`,
          expected: fills,
          got: row.net,
        };
    }
    return undefined;
  }
}

function isAboutTrade(event: ExecutionEvent): boolean {
  return (
    event.execType === ExecType.trade ||
    event.execType === ExecType.tradeCancel ||
    event.execType === ExecType.tradeCorrect
  );
}
