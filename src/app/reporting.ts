/**
 * What reports name, as config/reporting.yaml describes it: legal entities, the market, identifiers, checked by their check
 * digits. Joined with instruments and accounts, whose numbers are those of the journal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isIsin, isLei, isMic } from '#compliance/reports/identifiers.ts';
import type { ReportingReference } from '#compliance/reports/reference.ts';
import { configError, readConfig } from './config-file.ts';
import type { ReferenceData } from './reference-data.ts';

const FILE = 'reporting.yaml';

const lei = z.string().refine(isLei, 'an LEI of ISO 17442: 18 characters and two check digits');
const country = z.string().regex(/^[A-Z]{2}$/, 'two letters of ISO 3166');
const person = z.strictObject({ code: z.int().min(0), id: z.string().regex(/^[A-Z]{2}[A-Z0-9]{1,33}$/) });

const reportingFile = z.strictObject({
  operator: z.strictObject({
    name: z.string().min(1),
    lei,
    mic: z.string().refine(isMic, 'a market identifier of ISO 10383'),
    country,
  }),
  participants: z.array(
    z.strictObject({
      index: z.int().min(0),
      lei,
      country,
      algorithms: z.string().regex(/^[A-Z0-9]{1,30}$/, 'up to 30 of A–Z 0–9'),
      people: z.array(person).default([]),
    }),
  ),
  instruments: z.array(
    z.strictObject({ symbol: z.string(), isin: z.string().refine(isIsin, 'an ISIN of ISO 6166 with its check digit') }),
  ),
});

/** Reads config/reporting.yaml. Throws CodedError APP_CONFIG_INVALID with one line for each mistake. */
export function loadReporting(folder: string, reference: ReferenceData): ReportingReference {
  const read = readConfig(readFileSync(join(folder, FILE), 'utf8'), join(folder, FILE), reportingFile);
  if (!read.ok) throw configError(read.error);
  const { operator, participants, instruments } = read.value.value;
  const parties = new Map(
    participants.map(({ index, people, ...party }) => [
      index,
      { ...party, people: new Map(people.map(({ code, id }) => [code, id])) },
    ]),
  );
  const isins = new Map(instruments.map(({ symbol, isin }) => [symbol, isin]));
  const owners = new Map(
    reference.participants.flatMap(({ participant, accounts }) =>
      accounts.map(({ account }) => [account, participant] as const),
    ),
  );
  const known = new Map(
    reference.instruments.flatMap(({ instrument, symbol, currency, kind, tickMantissa, tickExponent }) => {
      const isin = isins.get(symbol);
      if (isin === undefined) return [];
      const scale = { priceBaseTicks: 0, tickMantissa, tickExponent };
      return [[instrument, { symbol, isin, currency, isShare: kind === 'share', scale }] as const];
    }),
  );
  return {
    operator,
    party: (participant) => parties.get(participant),
    instrument: (instrument) => known.get(instrument),
    participantOf: (account) => owners.get(account) ?? -1,
  };
}
