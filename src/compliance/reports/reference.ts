/** What reports name and the journal does not know: legal entities, the market, identifiers. Numbers of the journal to names. */
import type { TickScale } from '#kit/decimal.ts';

export interface ReportingParty {
  readonly lei: string;
  /** Of the branch that decides, ISO 3166. */
  readonly country: string;
  /** What comes before an algorithm's short code in its identification. */
  readonly algorithms: string;
  /** National identification of a person by short code, as RTS 22 Annex II has it. */
  readonly people: ReadonlyMap<number, string>;
}

export interface ReportedInstrument {
  readonly symbol: string;
  readonly isin: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly isShare: boolean;
  readonly scale: TickScale;
}

export interface ReportingReference {
  readonly operator: { readonly name: string; readonly lei: string; readonly mic: string; readonly country: string };
  /** The party of a participant; undefined where none is set down. */
  readonly party: (participant: number) => ReportingParty | undefined;
  readonly instrument: (instrument: number) => ReportedInstrument | undefined;
  readonly participantOf: (account: number) => number;
}
