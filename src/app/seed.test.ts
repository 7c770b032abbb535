import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_SHIFT, Account } from '#trading/accounts.ts';
import { writeGenesis } from '#trading/capacity.ts';
import {
  CommandKind,
  FUNDS_WORDS,
  Funds,
  GENESIS_WORDS,
  Header,
  RISK_LIMITS_WORDS,
  RiskLimits,
  commandKind,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, eventKind, eventLength } from '#trading/events.ts';
import { seedReadsOf } from './engine-state.ts';
import { loadReferenceData } from './reference-data.ts';
import type { ReferenceData } from './reference-data.ts';
import { DEMO_CAPACITY, seedCommands } from './seed.ts';

const NOW_MICROS = 1_795_348_800_000_000;
const data = loadReferenceData(fileURLToPath(new URL('../../config', import.meta.url)), NOW_MICROS);

/** An engine after genesis, and what it refused. */
function freshEngine(): { engine: Engine; refused: number[]; apply: (words: Int32Array) => void } {
  const refused: number[] = [];
  const engine = new Engine((words, end) => {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      if (eventKind(words, at) === EventKind.refused) refused.push(words[at + 1]);
    }
  });
  const apply = (words: Int32Array): void => {
    words[Header.timeLow] = NOW_MICROS | 0;
    words[Header.timeHigh] = Math.floor(NOW_MICROS / 4294967296);
    engine.apply(words, 0);
  };
  const genesis = new Int32Array(GENESIS_WORDS);
  writeGenesis(genesis, 0, DEMO_CAPACITY, NOW_MICROS);
  apply(genesis);
  return { engine, refused, apply };
}

function seed(reference: ReferenceData, engine: Engine, apply: (words: Int32Array) => void): number[] {
  const commands = seedCommands(
    reference,
    seedReadsOf(() => engine),
  );
  for (const words of commands) apply(words);
  return commands.map((words) => commandKind(words, 0));
}

function money(engine: Engine, account: number, field: number): number {
  return engine.view?.accounts.money[(account << ACCOUNT_SHIFT) + field] ?? Number.NaN;
}

const firstAccount = data.participants[0].accounts[0];

describe('seeding', () => {
  it('brings an empty engine up to the reference data, and nothing of it is refused', () => {
    const { engine, refused, apply } = freshEngine();
    seed(data, engine, apply);
    expect(refused).toEqual([]);
    for (const { instrument } of data.instruments) expect(engine.view?.instruments.exists(instrument)).toBe(true);
    for (const account of data.participants.flatMap(({ accounts }) => accounts)) {
      expect(money(engine, account.account, Account.cash)).toBe(account.fundsUnits);
      expect(money(engine, account.account, Account.maxOrderValue)).toBe(account.limits.maxOrderValueUnits);
      expect(money(engine, account.account, Account.takerRate)).toBe(account.takerRate);
    }
  });

  it('does nothing the second time', () => {
    const { engine, apply } = freshEngine();
    seed(data, engine, apply);
    const before = engine.stateHash();
    expect(seed(data, engine, apply)).toEqual([]);
    expect(engine.stateHash()).toBe(before);
  });

  it('sets nothing back that an operator changed', () => {
    const { engine, apply } = freshEngine();
    seed(data, engine, apply);
    const { account, fundsUnits } = firstAccount;
    const limits = new Int32Array(RISK_LIMITS_WORDS);
    writeHeader(limits, 0, CommandKind.riskLimits, RISK_LIMITS_WORDS, 0, 0);
    limits[RiskLimits.account] = account;
    limits[RiskLimits.maxOrderQuantity] = 7;
    apply(limits);
    const funds = new Int32Array(FUNDS_WORDS);
    writeHeader(funds, 0, CommandKind.funds, FUNDS_WORDS, 0, 0);
    funds[Funds.account] = account;
    writeWide(funds, Funds.amountLow, -fundsUnits);
    apply(funds);
    expect(seed(data, engine, apply)).toEqual([]);
    expect(money(engine, account, Account.cash)).toBe(0);
    expect(money(engine, account, Account.maxOrderQuantity)).toBe(7);
  });

  it('adds an instrument that is new, and keeps accounts of other currencies out of it', () => {
    const { engine, refused, apply } = freshEngine();
    seed({ ...data, instruments: data.instruments.slice(0, 7) }, engine, apply);
    const kinds = seed(data, engine, apply);
    const outside = data.participants.flatMap(({ accounts }) => accounts).filter(({ currency }) => currency !== 'USD');
    expect(kinds[0]).toBe(CommandKind.instrument);
    expect(kinds.slice(1)).toEqual(outside.map(() => CommandKind.restriction));
    expect(refused).toEqual([]);
  });

  it('finishes an account whose seeding was interrupted before its limits', () => {
    const { engine, apply } = freshEngine();
    const commands = seedCommands(
      data,
      seedReadsOf(() => engine),
    );
    const firstLimits = commands.findIndex((words) => commandKind(words, 0) === CommandKind.riskLimits);
    for (const words of commands.slice(0, firstLimits)) apply(words);
    seed(data, engine, apply);
    expect(money(engine, firstAccount.account, Account.cash)).toBe(firstAccount.fundsUnits);
    expect(money(engine, firstAccount.account, Account.maxOrderQuantity)).toBe(firstAccount.limits.maxOrderQuantity);
  });
});
