/** Instruments: list, create, change, delist. Making a check looser needs a second person. */
import { z } from 'zod';
import { InstrumentFlag } from '#trading/instruments.ts';
import type { ApprovalDesk } from '../approvals.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import * as commands from '../command-words.ts';
import { findSymbol, instrumentsOf, type InstrumentRow } from '../engine-reads.ts';
import { API_ERRORS, ApiFailure } from '../errors.ts';
import { presentInstrument } from '../present-market.ts';
import { symbolSchema } from '../schemas/common.ts';
import { approvalPendingSchema } from '../schemas/identity.ts';
import * as shapes from '../schemas/instruments.ts';
import type { ChangeInstrument, CreateInstrument, Instrument } from '../schemas/instruments.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['instruments'];
const params = z.object({ symbol: symbolSchema });
/** Checks that let more through when they are higher or off. */
const CHECKS = ['maxOrderQuantity', 'collarBasisPoints', 'staticBandBasisPoints', 'dynamicBandBasisPoints'] as const;

export function instrumentRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  const present = (row: InstrumentRow): Instrument =>
    presentInstrument(row, context.deps.view.tape.day(row.instrument), context.simulated);
  const change = async (symbol: string, terms: ChangeInstrument): Promise<Instrument> => {
    await context.run(commands.instrument(changedWords(context.instrument(symbol), terms)));
    return present(context.instrument(symbol));
  };
  desk.register('instrument.loosen', {
    permission: 'instruments.write',
    async carryOut({ symbol, change: terms }) {
      await change(String(symbol), shapes.changeInstrumentSchema.parse(terms));
      return `${String(symbol)} was changed`;
    },
  });

  app.get(
    '/instruments',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Every instrument with its best prices',
        response: { 200: shapes.instrumentListSchema, ...PROBLEMS },
      },
    },
    async () => ({ instruments: instrumentsOf(context.deps.view.ready).map(present) }),
  );

  app.get(
    '/instruments/:symbol',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'One instrument',
        params,
        response: { 200: shapes.instrumentSchema, ...PROBLEMS },
      },
    },
    async (request) => present(context.instrument(request.params.symbol)),
  );

  app.post(
    '/instruments',
    {
      config: { permission: 'instruments.write' },
      schema: {
        tags: TAGS,
        summary: 'List a new instrument; it begins closed',
        body: shapes.createInstrumentSchema,
        response: { 201: shapes.instrumentSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { symbol } = request.body;
      const act = { act: 'instrument.create', target: symbol, detail: request.body };
      const { value } = await context.recorded(request, act, async () => create(context, request.body));
      return reply.code(201).send(present(value));
    },
  );

  app.patch(
    '/instruments/:symbol',
    {
      config: { permission: 'instruments.write' },
      schema: {
        tags: TAGS,
        summary: 'Change an instrument; a looser check waits for a second person (202)',
        params,
        body: shapes.changeInstrumentSchema,
        response: { 200: shapes.instrumentSchema, 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { symbol } = request.params;
      const loosened = loosenedChecks(context.instrument(symbol), request.body);
      if (loosened.length > 0) {
        const summary = `${symbol}: ${loosened.join(', ')} will be loosened`;
        const payload = { symbol, change: request.body };
        const approval = await desk.request(request, 'instrument.loosen', symbol, summary, payload);
        return reply.code(202).send({ approval });
      }
      const act = { act: 'instrument.change', target: symbol, detail: request.body };
      const { value } = await context.recorded(request, act, async () => change(symbol, request.body));
      return reply.code(200).send(value);
    },
  );

  app.post(
    '/instruments/:symbol/delist',
    {
      config: { permission: 'instruments.write' },
      schema: {
        tags: TAGS,
        summary: 'Delist an instrument: its orders are cancelled and new ones refused',
        params,
        response: { 200: shapes.instrumentSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { symbol } = request.params;
      const row = context.instrument(symbol);
      const words = { ...presentWords(row), flags: flagsOf(row) & ~InstrumentFlag.listed };
      const act = { act: 'instrument.delist', target: symbol };
      await context.recorded(request, act, async () => context.run(commands.instrument(words)));
      return present(context.instrument(symbol));
    },
  );
}

async function create(context: ApiContext, terms: CreateInstrument): Promise<InstrumentRow> {
  const state = context.deps.view.ready;
  if (findSymbol(state, terms.symbol) >= 0) {
    throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: `instrument ${terms.symbol} exists already` });
  }
  const taken = instrumentsOf(state).map((row) => row.instrument);
  const words = {
    ...zeroForNull(terms),
    instrument: Math.max(-1, ...taken) + 1,
    flags:
      InstrumentFlag.listed |
      (terms.locateRequired ? InstrumentFlag.needsLocate : 0) |
      (terms.allocation === 'pro-rata' ? InstrumentFlag.proRata : 0),
  };
  await context.run(commands.instrument(words));
  return context.instrument(terms.symbol);
}

function changedWords(row: InstrumentRow, change: ChangeInstrument): commands.InstrumentWords {
  const { locateRequired = row.needsLocate, ...terms } = change;
  const flags = (flagsOf(row) & ~InstrumentFlag.needsLocate) | (locateRequired ? InstrumentFlag.needsLocate : 0);
  return { ...presentWords(row), ...zeroForNull(terms), flags };
}

function presentWords(row: InstrumentRow): commands.InstrumentWords {
  return { ...row, flags: flagsOf(row) };
}

function flagsOf(row: InstrumentRow): number {
  return (
    (row.listed ? InstrumentFlag.listed : 0) |
    (row.needsLocate ? InstrumentFlag.needsLocate : 0) |
    (row.proRata ? InstrumentFlag.proRata : 0)
  );
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], null | undefined> };

/** The API's null for "off" as the engine's 0; what is undefined is left out. */
function zeroForNull<T extends object>(terms: T): Present<T> {
  const given = Object.entries(terms).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === null ? 0 : value])) as Present<T>;
}

/** Names of the checks that a change makes looser. */
function loosenedChecks(row: InstrumentRow, change: ChangeInstrument): string[] {
  const loosened: string[] = CHECKS.filter((name) => {
    const next = change[name];
    if (next === undefined) return false;
    return (next ?? Number.POSITIVE_INFINITY) > (row[name] || Number.POSITIVE_INFINITY);
  });
  if (row.needsLocate && change.locateRequired === false) loosened.push('locateRequired');
  return loosened;
}
