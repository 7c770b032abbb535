/**
 * Counts what each service has to do, minute by minute, from the journal's commands and events. A minute is handed out
 * once it is over and its grace has passed; what comes later is counted as late and never changes a closed minute.
 */
import { CommandKind } from '#trading/commands.ts';
import { EventKind } from '#trading/events.ts';

export const SERVICES = ['market-data', 'strategy-engine', 'risk-engine', 'order-manager', 'position-keeper'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What one unit of each service's load is. */
export const LOAD_UNITS: Readonly<Record<ServiceName, string>> = {
  'market-data': 'book changes and trades published a minute',
  'strategy-engine': 'orders, amendments and quotes decided a minute',
  'risk-engine': 'requests checked before the trade a minute',
  'order-manager': 'order requests handled a minute',
  'position-keeper': 'trades booked a minute',
};

export const MINUTE_MICROS = 60_000_000;
/** How long a minute waits for what the replica still carries out. */
const GRACE_MICROS = 5_000_000;
/** Minutes filled in at most after a silence; a longer one starts a new count. */
const GAP_MINUTES_MAX = 60;

export interface ClosedMinute {
  readonly timeMicros: number;
  readonly loads: Readonly<Record<ServiceName, number>>;
  readonly signals: Readonly<Record<string, number>>;
  /** Nothing at all was journalled: the feed was silent, which is not the same as no load. */
  readonly silent: boolean;
}

interface OpenMinute {
  commands: number;
  orders: number;
  amendments: number;
  cancels: number;
  quotes: number;
  trades: number;
  volume: number;
  levels: number;
}

export class LoadMeter {
  /** Entries that came after their minute was closed. */
  late = 0;
  private readonly open = new Map<number, OpenMinute>();
  private firstMinute: number | undefined;
  private nextMinute: number | undefined;

  /** A command was carried out. */
  countCommand(kind: number, timeMicros: number): void {
    const minute = this.minuteOf(timeMicros);
    if (minute === undefined) return;
    minute.commands++;
    if (kind === CommandKind.newOrder) minute.orders++;
    else if (kind === CommandKind.amendOrder) minute.amendments++;
    else if (kind === CommandKind.cancelOrder || kind === CommandKind.massCancel) minute.cancels++;
    else if (kind === CommandKind.massQuote) minute.quotes++;
  }

  /** An event followed from a command. @param quantity of a trade, else 0 */
  countEvent(kind: number, quantity: number, timeMicros: number): void {
    if (kind !== EventKind.trade && kind !== EventKind.level) return;
    const minute = this.minuteOf(timeMicros);
    if (minute === undefined) return;
    if (kind === EventKind.level) {
      minute.levels++;
      return;
    }
    minute.trades++;
    minute.volume += quantity;
  }

  /** Minutes that are over at a moment, oldest first; silent ones between counted ones included. */
  close(nowMicros: number): ClosedMinute[] {
    const end = Math.floor((nowMicros - GRACE_MICROS) / MINUTE_MICROS);
    if (this.nextMinute === undefined) return [];
    if (end - this.nextMinute > GAP_MINUTES_MAX) this.nextMinute = end - GAP_MINUTES_MAX;
    const closed: ClosedMinute[] = [];
    for (; this.nextMinute < end; this.nextMinute++) {
      closed.push(closedMinute(this.nextMinute, this.open.get(this.nextMinute)));
      this.open.delete(this.nextMinute);
    }
    return closed;
  }

  private minuteOf(timeMicros: number): OpenMinute | undefined {
    const minute = Math.floor(timeMicros / MINUTE_MICROS);
    // The first minute is seen in part only: it is neither counted nor late.
    this.firstMinute ??= minute + 1;
    this.nextMinute ??= this.firstMinute;
    if (minute < this.firstMinute) return undefined;
    if (minute < this.nextMinute) {
      this.late++;
      return undefined;
    }
    let open = this.open.get(minute);
    if (open === undefined) {
      open = { commands: 0, orders: 0, amendments: 0, cancels: 0, quotes: 0, trades: 0, volume: 0, levels: 0 };
      this.open.set(minute, open);
    }
    return open;
  }
}

function closedMinute(minute: number, open: OpenMinute | undefined): ClosedMinute {
  const { commands, orders, amendments, cancels, quotes, trades, volume, levels } = open ?? NOTHING;
  return {
    timeMicros: minute * MINUTE_MICROS,
    loads: {
      'market-data': levels + trades,
      'strategy-engine': orders + amendments + quotes,
      'risk-engine': orders + amendments + cancels + quotes,
      'order-manager': orders + amendments + cancels,
      'position-keeper': trades,
    },
    signals: { request_rate: commands, order_flow_rate: orders, trading_volume: volume, trades },
    silent: commands === 0,
  };
}

const NOTHING: OpenMinute = {
  commands: 0,
  orders: 0,
  amendments: 0,
  cancels: 0,
  quotes: 0,
  trades: 0,
  volume: 0,
  levels: 0,
};
