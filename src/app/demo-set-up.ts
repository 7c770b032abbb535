/** Connects reference data with what drives the demo: markets with their calendars, and the day's curve of activity. */
import { phaseAt } from '#trading/calendar.ts';
import type { Phase } from '#trading/calendar.ts';
import { INTRADAY_ACTIVITY_MAX, intradayActivity } from './demo/intraday.ts';
import type { DrivenMarket } from './markets.ts';
import type { ReferenceData } from './reference-data.ts';

/** Every instrument with its calendar; those of one calendar take turns in its rotating auctions. */
export function drivenMarkets({ instruments, calendars }: ReferenceData): DrivenMarket[] {
  return instruments.flatMap(({ instrument, symbol, calendar: name, volatilityAuctionMillis }) => {
    const source = calendars.get(name);
    if (source === undefined) return [];
    const sharing = instruments.filter(({ calendar }) => calendar === name);
    const turn = sharing.findIndex((candidate) => candidate.instrument === instrument);
    const calendar = source.forInstrument(turn, sharing.length);
    return [{ instrument, symbol, calendar, volatilityAuctionMillis }];
  });
}

/** The activity curve of the first instrument's trading day, as a function of the time. */
export function intradayActivityOf(data: ReferenceData): (wallMicros: number) => number {
  const calendar = drivenMarkets(data)[0]?.calendar;
  let phase: Phase | undefined;
  return (wallMicros) => {
    if (calendar === undefined) return 1;
    if (phase === undefined || wallMicros >= phase.nextAtMicros || wallMicros < phase.sinceMicros) {
      phase = phaseAt(calendar, wallMicros);
    }
    const { opensAtMicros, closesAtMicros } = phase;
    const share = (wallMicros - opensAtMicros) / (closesAtMicros - opensAtMicros);
    return Math.min(INTRADAY_ACTIVITY_MAX, intradayActivity(share));
  };
}

/** An order-entry session that the simulation needs, as the directory must know it. */
export interface DemoSession {
  readonly session: number;
  readonly name: string;
  readonly participant: number;
  readonly accounts: readonly number[];
}

/** The sessions of all participants that the simulation plays. */
export function demoSessions({ participants }: ReferenceData): DemoSession[] {
  return participants.flatMap(({ participant, name, session, accounts }) =>
    session === undefined
      ? []
      : [{ session, name: `${name} (simulated)`, participant, accounts: accounts.map(({ account }) => account) }],
  );
}
