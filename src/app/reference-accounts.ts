/**
 * Participants, accounts, fees and limits as config/accounts.yaml describes them, checked and turned into the whole
 * numbers the engine works with. Only definitions: what an engine has already is not known here.
 */
import { z } from 'zod';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { SESSION_ID_MAX } from '#kit/ports/sessions.ts';
import { readConfig } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { decimalText, moneyUnits, repeated, unknownName } from './reference-instruments.ts';

const INT32_MAX = 2_147_483_647;
const count = z.int().min(0).max(INT32_MAX);
const rate = z.int().min(-100_000).max(100_000);

const moneyText = decimalText.transform((text, context) => {
  const units = moneyUnits(text);
  if (units.ok && units.value >= 0) return units.value;
  context.addIssue({ code: 'custom', message: units.ok ? 'must not be negative' : units.error });
  return z.NEVER;
});

const feeSchedule = z.strictObject({ name: z.string().min(1), makerRate: rate, takerRate: rate });

const limitProfile = z.strictObject({
  name: z.string().min(1),
  maxOrderQuantity: count,
  maxOrderValue: moneyText,
  maxOpenNotional: moneyText,
  maxLong: count,
  maxShort: count,
  ordersPerSecond: count,
  messagesPerSecond: count,
  duplicateWindowMillis: z.int().min(0).max(60_000),
  buyingPower: z.boolean(),
});

const protection = z.strictObject({
  name: z.string().min(1),
  windowMillis: z.int().min(1).max(60_000),
  maxQuantity: count,
  maxExecutions: count,
});

/** Kinds of simulated traders. */
export const DEMO_ROLES = [
  'quotes',
  'ladder',
  'institution',
  'momentum',
  'reversion',
  'specials',
  'noise',
  'abuser',
] as const;
export type DemoRole = (typeof DEMO_ROLES)[number];

const account = z.strictObject({
  index: z.int().min(0).max(1_048_575),
  name: z.string().regex(/^[\x20-\x7e]{1,16}$/, '1 to 16 ASCII characters'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'three letters of ISO 4217'),
  fees: z.string(),
  limits: z.string(),
  funds: moneyText,
  protection: z.string().optional(),
  plays: z.array(z.enum(DEMO_ROLES)).default([]),
});

const participant = z.strictObject({
  index: z.int().min(0).max(65_535),
  name: z.string().min(1),
  session: z.int().min(1).max(SESSION_ID_MAX).optional(),
  selfTradePrevention: z.enum(['account', 'participant']).default('account'),
  accounts: z.array(account).min(1),
});

const accountsFile = z.strictObject({
  feeSchedules: z.array(feeSchedule).min(1),
  limitProfiles: z.array(limitProfile).min(1),
  protections: z.array(protection).default([]),
  participants: z.array(participant).min(1),
});

type AccountsConfig = z.output<typeof accountsFile>;
type AccountConfig = z.output<typeof account>;
type ParticipantConfig = z.output<typeof participant>;
type LimitProfile = z.output<typeof limitProfile>;

/** Limits in the engine's units; 0 switches one off. */
export interface ReferenceLimits {
  readonly maxOrderQuantity: number;
  readonly maxOrderValueUnits: number;
  readonly maxOpenNotionalUnits: number;
  readonly maxLong: number;
  readonly maxShort: number;
  readonly ordersPerSecond: number;
  readonly messagesPerSecond: number;
  readonly duplicateWindowMicros: number;
  readonly buyingPower: boolean;
}

/** Market-maker protection in the engine's units. */
export interface ReferenceProtection {
  readonly windowMicros: number;
  readonly maxQuantity: number;
  readonly maxExecutions: number;
}

export interface ReferenceAccount {
  readonly account: number;
  readonly name: string;
  readonly participant: number;
  readonly currency: string;
  readonly selfTradeScope: 'account' | 'participant';
  /** Millionths of the value. */
  readonly makerRate: number;
  readonly takerRate: number;
  readonly limits: ReferenceLimits;
  readonly fundsUnits: number;
  readonly protection: ReferenceProtection | undefined;
  readonly plays: readonly DemoRole[];
}

export interface ReferenceParticipant {
  readonly participant: number;
  readonly name: string;
  /** The order-entry session the simulation uses for it; undefined for a participant that people trade for. */
  readonly session: number | undefined;
  readonly accounts: readonly ReferenceAccount[];
}

/** Reads the text of an accounts file: participants in order of index, or one line for each mistake. */
export function loadAccounts(text: string, fileName: string): Result<readonly ReferenceParticipant[], string[]> {
  const read = readConfig(text, fileName, accountsFile);
  if (!read.ok) return read;
  const file = read.value;
  const { feeSchedules, limitProfiles, protections, participants } = file.value;
  const mistakes = [
    ...repeated(file, 'feeSchedules', feeSchedules, 'name'),
    ...repeated(file, 'limitProfiles', limitProfiles, 'name'),
    ...repeated(file, 'protections', protections, 'name'),
    ...repeated(file, 'participants', participants, 'index'),
    ...repeatedAcrossParticipants(file),
  ];
  const resolved = participants.map((config, at) => ({
    participant: config.index,
    name: config.name,
    session: config.session,
    accounts: config.accounts.map((member, accountAt) =>
      resolveAccount(file, config, member, ['participants', at, 'accounts', accountAt], mistakes),
    ),
  }));
  return mistakes.length > 0 ? err(mistakes) : ok(resolved.toSorted((a, b) => a.participant - b.participant));
}

/** Account indexes and names, and sessions, are unique over all participants. */
function repeatedAcrossParticipants(file: ConfigFile<AccountsConfig>): string[] {
  const seen = new Set<string>();
  const mistakes: string[] = [];
  const note = (kind: string, value: string | number, path: readonly (string | number)[]): void => {
    const key = `${kind} ${value}`;
    if (seen.has(key)) mistakes.push(file.mistake(path, `${value} is used twice`));
    seen.add(key);
  };
  for (const [at, { session, accounts }] of file.value.participants.entries()) {
    if (session !== undefined) note('session', session, ['participants', at, 'session']);
    for (const [accountAt, { index, name }] of accounts.entries()) {
      const place = ['participants', at, 'accounts', accountAt];
      note('account', index, [...place, 'index']);
      note('name', name, [...place, 'name']);
    }
  }
  return mistakes;
}

function resolveAccount(
  file: ConfigFile<AccountsConfig>,
  owner: ParticipantConfig,
  config: AccountConfig,
  place: readonly (string | number)[],
  mistakes: string[],
): ReferenceAccount {
  const find = <T extends { name: string }>(what: string, key: string, members: readonly T[], name: string) => {
    const found = members.find((member) => member.name === name);
    const names = members.map((member) => member.name);
    if (found === undefined) mistakes.push(file.mistake([...place, key], unknownName(what, name, names)));
    return found;
  };
  const fees = find('fee schedule', 'fees', file.value.feeSchedules, config.fees);
  const profile = find('limit profile', 'limits', file.value.limitProfiles, config.limits);
  const guard =
    config.protection === undefined
      ? undefined
      : find('protection', 'protection', file.value.protections, config.protection);
  return {
    account: config.index,
    name: config.name,
    participant: owner.index,
    currency: config.currency,
    selfTradeScope: owner.selfTradePrevention,
    makerRate: fees?.makerRate ?? 0,
    takerRate: fees?.takerRate ?? 0,
    limits: limitsOf(profile),
    fundsUnits: config.funds,
    protection: guard && {
      windowMicros: guard.windowMillis * 1000,
      maxQuantity: guard.maxQuantity,
      maxExecutions: guard.maxExecutions,
    },
    plays: config.plays,
  };
}

function limitsOf(profile: LimitProfile | undefined): ReferenceLimits {
  return {
    maxOrderQuantity: profile?.maxOrderQuantity ?? 0,
    maxOrderValueUnits: profile?.maxOrderValue ?? 0,
    maxOpenNotionalUnits: profile?.maxOpenNotional ?? 0,
    maxLong: profile?.maxLong ?? 0,
    maxShort: profile?.maxShort ?? 0,
    ordersPerSecond: profile?.ordersPerSecond ?? 0,
    messagesPerSecond: profile?.messagesPerSecond ?? 0,
    duplicateWindowMicros: (profile?.duplicateWindowMillis ?? 0) * 1000,
    buyingPower: profile?.buyingPower ?? false,
  };
}
