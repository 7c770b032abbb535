/**
 * Commands that stop orders or set up who may trade what, in the reference engine: mass cancel, kill switch,
 * market states, instruments, accounts, limits, restrictions, tick tables, protection.
 */
import { Code } from '#trading/codes.ts';
import {
  AccountCommand,
  CommandKind,
  InstrumentCommand,
  KillScope,
  KillSwitch,
  MarketStateCommand,
  MassCancel,
  Protection as ProtectionCommand,
  Restriction,
  RiskLimits,
  TICK_BANDS_MAX,
  TickTable,
  commandLength,
  readWide,
} from '#trading/commands.ts';
import { MarketState } from '#trading/terms.ts';
import { answer } from './answers.ts';
import type { Asker } from './lifecycle.ts';
import { cancel } from './lifecycle.ts';
import { changeState, mayChange } from './market.ts';
import { WIDE_END } from './money.ts';
import { refuse } from './refusal.ts';
import type { Account, Band, Instrument, Limits, Order, World } from './world.ts';
import { bySlot, findRow, takeRow } from './world.ts';

/** Cancels the live orders that a condition names, in order of slots; returns how many. */
export function cancelMany(world: World, reason: number, goes: (order: Order) => boolean): number {
  let count = 0;
  for (const order of bySlot(world.orders)) {
    if (order.place === 'done' || !goes(order)) continue;
    cancel(world, order, reason);
    count++;
  }
  return count;
}

export function massCancel(world: World, words: Int32Array, at: number, asker: Asker): void {
  const [session, account, participant, instrument, side] = [
    MassCancel.session,
    MassCancel.account,
    MassCancel.participant,
    MassCancel.instrument,
    MassCancel.side,
  ].map((word) => words[at + word]);
  const code = massCancelRefusal(world, session, account, participant, instrument, side);
  if (code !== Code.ok) {
    answer(world, CommandKind.massCancel, asker, account, 0, refuse(code));
    return;
  }
  const matches = (wanted: number | undefined, has: number): boolean => wanted === -1 || wanted === has;
  const count = cancelMany(
    world,
    words[at + MassCancel.reason],
    (order) =>
      matches(session, order.session) &&
      matches(account, order.account) &&
      matches(participant, world.accounts[order.account].participant) &&
      matches(instrument, order.instrument) &&
      matches(side, order.side),
  );
  answer(world, CommandKind.massCancel, asker, account, count);
}

function massCancelRefusal(
  world: World,
  session: number,
  account: number,
  participant: number,
  instrument: number,
  side: number,
): number {
  if (session < -1 || session >= world.capacity.sessions) return Code.unknownSession;
  if (account !== -1 && world.accounts[account] === undefined) return Code.unknownAccount;
  if (participant < -1 || participant >= world.capacity.participants) return Code.unknownParticipant;
  if (instrument !== -1 && world.instruments[instrument] === undefined) return Code.unknownInstrument;
  return side < -1 || side > 1 ? Code.badSide : Code.ok;
}

export function killSwitch(world: World, words: Int32Array, at: number, asker: Asker): void {
  const scope = words[at + KillSwitch.scope];
  const id = words[at + KillSwitch.id];
  const engage = words[at + KillSwitch.engage];
  const code = killTargetRefusal(world, scope, id, engage);
  if (code !== Code.ok) {
    answer(world, CommandKind.killSwitch, asker, id, 0, refuse(code));
    return;
  }
  if (scope === KillScope.account) world.accounts[id].killed = engage === 1;
  else if (scope === KillScope.instrument) world.instruments[id].killed = engage === 1;
  else if (engage === 1) world.killedParticipants.add(id);
  else world.killedParticipants.delete(id);
  const subject = (order: Order): number =>
    scope === KillScope.account
      ? order.account
      : scope === KillScope.instrument
        ? order.instrument
        : world.accounts[order.account].participant;
  const count = engage === 1 ? cancelMany(world, Code.canceledByKillSwitch, (order) => subject(order) === id) : 0;
  answer(world, CommandKind.killSwitch, asker, id, count);
}

function killTargetRefusal(world: World, scope: number, id: number, engage: number): number {
  if (engage !== 0 && engage !== 1) return Code.badParameter;
  if (scope === KillScope.participant)
    return id >= 0 && id < world.capacity.participants ? Code.ok : Code.unknownParticipant;
  if (scope === KillScope.account) return world.accounts[id] === undefined ? Code.unknownAccount : Code.ok;
  if (scope === KillScope.instrument) return world.instruments[id] === undefined ? Code.unknownInstrument : Code.ok;
  return Code.badParameter;
}

export function marketState(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + MarketStateCommand.instrument];
  const state = words[at + MarketStateCommand.state];
  const known = state >= MarketState.closed && state <= MarketState.closingAuction;
  const one = world.instruments[index];
  let code: number = Code.ok;
  if (!known) code = Code.badState;
  else if (index !== -1 && one === undefined) code = Code.unknownInstrument;
  else if (one !== undefined && one.state !== state && !mayChange(one, state)) code = Code.badState;
  if (code !== Code.ok) {
    answer(world, CommandKind.marketState, asker, index, 0, refuse(code));
    return;
  }
  const all = world.instruments.filter((instrument) => instrument.listed);
  const changing = (one === undefined ? all : [one]).filter((instrument) => mayChange(instrument, state));
  for (const instrument of changing) changeState(world, instrument, state, Code.ok);
  answer(world, CommandKind.marketState, asker, index, changing.length);
}

export function setInstrument(world: World, words: Int32Array, at: number, asker: Asker): void {
  const read = (word: number): number => words[at + word];
  const index = read(InstrumentCommand.instrument);
  const flags = read(InstrumentCommand.flags);
  const old = world.instruments[index];
  const wish: Instrument = {
    index,
    listed: (flags & 1) !== 0,
    needsLocate: (flags & 2) !== 0,
    proRata: (flags & 4) !== 0,
    tickTable: read(InstrumentCommand.tickTable),
    moneyPerTick: read(InstrumentCommand.moneyPerTick),
    base: read(InstrumentCommand.priceBaseTicks),
    reference: read(InstrumentCommand.referenceTicks),
    staticReference: read(InstrumentCommand.referenceTicks),
    lotSize: read(InstrumentCommand.lotSize),
    maxOrderQuantity: read(InstrumentCommand.maxOrderQuantity),
    collar: read(InstrumentCommand.collarBasisPoints),
    staticBand: read(InstrumentCommand.staticBandBasisPoints),
    dynamicBand: read(InstrumentCommand.dynamicBandBasisPoints),
    volatilityMillis: read(InstrumentCommand.volatilityAuctionMillis),
    minTicks: read(InstrumentCommand.minTicks),
    maxTicks: read(InstrumentCommand.maxTicks),
    state: MarketState.closed,
    last: 0,
    bandReference: 0,
    restricted: false,
    killed: false,
    auctionEnd: 0,
    auctionBorn: 0,
    indicative: { price: 0, volume: 0, imbalance: 0 },
  };
  const code = instrumentRefusal(world, wish, flags, old);
  if (code !== Code.ok) {
    answer(world, CommandKind.instrument, asker, index, 0, refuse(code));
    return;
  }
  if (old === undefined) world.instruments[index] = wish;
  else change(old, wish);
  const count = wish.listed ? 0 : cancelMany(world, Code.delisted, (order) => order.instrument === index);
  answer(world, CommandKind.instrument, asker, index, count);
}

function change(old: Instrument, wish: Instrument): void {
  const { state, last, restricted, killed, auctionEnd, auctionBorn, indicative, staticReference } = old;
  const kept = wish.reference === old.reference ? staticReference : wish.reference;
  Object.assign(old, wish, {
    state,
    last,
    restricted,
    killed,
    auctionEnd,
    auctionBorn,
    indicative,
    staticReference: kept,
  });
}

function instrumentRefusal(world: World, wish: Instrument, flags: number, old: Instrument | undefined): number {
  if (wish.index < 0 || wish.index >= world.capacity.instruments) return Code.instrumentCapacity;
  if (!world.tables.has(wish.tickTable) || (flags & ~7) !== 0) return Code.badParameter;
  const atLeastOne = [wish.moneyPerTick, wish.lotSize, wish.minTicks];
  const atLeastZero = [wish.maxOrderQuantity, wish.collar, wish.staticBand, wish.dynamicBand, wish.volatilityMillis];
  if (atLeastOne.some((value) => value < 1) || atLeastZero.some((value) => value < 0)) return Code.badParameter;
  if (wish.reference < wish.minTicks || wish.reference > wish.maxTicks) return Code.badParameter;
  if (old === undefined || !world.orders.some((order) => order.instrument === wish.index)) return Code.ok;
  const same =
    old.tickTable === wish.tickTable &&
    old.moneyPerTick === wish.moneyPerTick &&
    old.base === wish.base &&
    old.lotSize === wish.lotSize &&
    old.proRata === wish.proRata;
  return same ? Code.ok : Code.alreadyExists;
}

function noLimits(): Limits {
  return {
    maxOrderQuantity: 0,
    maxOrderValue: 0,
    maxOpenNotional: 0,
    maxLong: 0,
    maxShort: 0,
    ordersPerSecond: 0,
    messagesPerSecond: 0,
    duplicateWindow: 0,
    buyingPower: false,
  };
}

function newAccount(index: number): Account {
  return {
    index,
    participant: 0,
    scope: 0,
    makerRate: 0,
    takerRate: 0,
    enabled: false,
    killed: false,
    cash: 0,
    openNotional: 0,
    reserved: 0,
    limits: noLimits(),
    second: -1,
    messages: 0,
    orders: 0,
    protection: {
      window: 0,
      maxQuantity: 0,
      maxExecutions: 0,
      tripped: false,
      due: false,
      first: 0,
      quantity: 0,
      executions: 0,
    },
    quoteSession: 0,
  };
}

const RATE_MAX = 1_000_000;

export function setAccount(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + AccountCommand.account];
  const participant = words[at + AccountCommand.participant];
  const scope = words[at + AccountCommand.selfTradeScope];
  const makerRate = words[at + AccountCommand.makerRate];
  const takerRate = words[at + AccountCommand.takerRate];
  const old = world.accounts[index];
  let code: number = Code.ok;
  if (index < 0 || index >= world.capacity.accounts) code = Code.accountCapacity;
  else if (participant < 0 || participant >= world.capacity.participants) code = Code.unknownParticipant;
  else if (scope !== 0 && scope !== 1) code = Code.badParameter;
  else if (Math.max(Math.abs(makerRate), Math.abs(takerRate)) > RATE_MAX) code = Code.badParameter;
  else if (old !== undefined && old.participant !== participant) code = Code.alreadyExists;
  if (code === Code.ok) {
    const enabled = (words[at + AccountCommand.flags] & 1) !== 0;
    world.accounts[index] = Object.assign(old ?? newAccount(index), {
      participant,
      scope,
      makerRate,
      takerRate,
      enabled,
    });
  }
  answer(world, CommandKind.account, asker, index, 1, code === Code.ok ? undefined : refuse(code));
}

export function setRiskLimits(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + RiskLimits.account];
  const account = world.accounts[index];
  const limits: Limits = {
    maxOrderQuantity: words[at + RiskLimits.maxOrderQuantity],
    maxOrderValue: readWide(words, at + RiskLimits.maxOrderValueLow),
    maxOpenNotional: readWide(words, at + RiskLimits.maxOpenNotionalLow),
    maxLong: words[at + RiskLimits.maxLong],
    maxShort: words[at + RiskLimits.maxShort],
    ordersPerSecond: words[at + RiskLimits.ordersPerSecond],
    messagesPerSecond: words[at + RiskLimits.messagesPerSecond],
    duplicateWindow: words[at + RiskLimits.duplicateWindowMicros],
    buyingPower: (words[at + RiskLimits.flags] & 1) !== 0,
  };
  const bad = Object.values(limits).some((limit) => typeof limit === 'number' && (limit < 0 || limit >= WIDE_END));
  if (account !== undefined && !bad) account.limits = limits;
  const code = account === undefined ? Code.unknownAccount : bad ? Code.badParameter : Code.ok;
  answer(world, CommandKind.riskLimits, asker, index, 1, code === Code.ok ? undefined : refuse(code));
}

export function setRestriction(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + Restriction.account];
  const instrument = words[at + Restriction.instrument];
  const restricted = words[at + Restriction.restricted];
  const code = restrictionTargetRefusal(world, index, instrument, restricted);
  if (code === Code.ok) {
    if (index === -1) world.instruments[instrument].restricted = restricted === 1;
    else takeRow(world, index, instrument).restricted = restricted === 1;
  }
  answer(world, CommandKind.restriction, asker, index, 1, code === Code.ok ? undefined : refuse(code));
}

function restrictionTargetRefusal(world: World, account: number, instrument: number, restricted: number): number {
  if (account !== -1 && world.accounts[account] === undefined) return Code.unknownAccount;
  if (world.instruments[instrument] === undefined) return Code.unknownInstrument;
  if (restricted !== 0 && restricted !== 1) return Code.badParameter;
  return account === -1 ? Code.ok : rowRefusal(world, account, instrument);
}

/** Refuses what would need a new position row when there is no room for one. */
export function rowRefusal(world: World, account: number, instrument: number): number {
  const isNew = findRow(world, account, instrument) === undefined;
  return isNew && world.rows.length >= world.capacity.positions ? Code.positionCapacity : Code.ok;
}

export function setTickTable(world: World, words: Int32Array, at: number, asker: Asker): void {
  const table = words[at + TickTable.table];
  const count = words[at + TickTable.count];
  const bands: Band[] = [];
  const fits = count >= 1 && count <= TICK_BANDS_MAX && TickTable.bands + 2 * count <= commandLength(words, at);
  for (let band = 0; band < (fits ? count : 0); band++) {
    const word = at + TickTable.bands + 2 * band;
    bands.push({ first: words[word], step: words[word + 1] });
  }
  const rising = bands.every(
    (band, index) => band.step >= 1 && (index === 0 ? band.first === 0 : follows(bands[index - 1], band)),
  );
  let code: number = Code.ok;
  if (table < 0 || table >= world.capacity.tickTables) code = Code.badParameter;
  else if (!fits || !rising) code = Code.badTickTable;
  else if (table === 0 || world.orders.some((order) => world.instruments[order.instrument].tickTable === table))
    code = Code.alreadyExists;
  if (code === Code.ok) world.tables.set(table, bands);
  answer(world, CommandKind.tickTable, asker, table, count, code === Code.ok ? undefined : refuse(code));
}

/** A band begins higher than the one before, at a price that is on the table of both. */
function follows(before: Band, band: Band): boolean {
  return band.first > before.first && band.first % before.step === 0 && band.first % band.step === 0;
}

export function setProtection(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + ProtectionCommand.account];
  const account = world.accounts[index];
  const [window, maxQuantity, maxExecutions] = [
    ProtectionCommand.windowMicros,
    ProtectionCommand.maxQuantity,
    ProtectionCommand.maxExecutions,
  ].map((word) => words[at + word]) as [number, number, number];
  const reset = words[at + ProtectionCommand.reset];
  const bad = [window, maxQuantity, maxExecutions].some((value) => value < 0) || (reset !== 0 && reset !== 1);
  if (account !== undefined && !bad) {
    Object.assign(account.protection, { window, maxQuantity, maxExecutions });
    if (reset === 1) Object.assign(account.protection, { tripped: false, quantity: 0, executions: 0 });
  }
  const code = account === undefined ? Code.unknownAccount : bad ? Code.badParameter : Code.ok;
  answer(world, CommandKind.marketMakerProtection, asker, index, reset, code === Code.ok ? undefined : refuse(code));
}
