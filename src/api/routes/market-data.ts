/** Books at three depths, the tape, candles and statistics. Reads only. */
import { z } from 'zod';
import type { ApiContext, ApiServer } from '../context.ts';
import { bookOrdersOf, levelsOf, type InstrumentRow } from '../engine-reads.ts';
import {
  presentBookOrder,
  presentCandle,
  presentIndicative,
  presentLast,
  presentLevel,
  presentStats,
  presentTrade,
  STATE_NAMES,
} from '../present-market.ts';
import { CANDLES_MAX } from '../projections/candles.ts';
import { STATS_SECONDS_MAX } from '../projections/stats.ts';
import { integerTextSchema, pageQueryShape, symbolSchema } from '../schemas/common.ts';
import * as books from '../schemas/instruments.ts';
import { candleIntervalSchema, candleListSchema, statsListSchema, tradeListSchema } from '../schemas/trades.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['market data'];
const params = z.object({ symbol: symbolSchema });
const DEPTH_DEFAULT = 20;
const DEPTH_MAX = 500;
const TRADES_DEFAULT = 100;
const CANDLES_DEFAULT = 300;
const STATS_SECONDS_DEFAULT = 300;
const depthQuery = z.strictObject({
  depth: integerTextSchema
    .pipe(z.int().min(1).max(DEPTH_MAX))
    .optional()
    .describe('Price levels of each side, default 20'),
});

export function marketDataRoutes(app: ApiServer, context: ApiContext): void {
  bookRoutes(app, context);
  const { view } = context.deps;

  app.get(
    '/trades/:symbol',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'The tape, newest first',
        params,
        querystring: z.strictObject({ ...pageQueryShape, before: integerTextSchema.optional() }),
        response: { 200: tradeListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = context.instrument(request.params.symbol);
      const { limit = TRADES_DEFAULT, before } = request.query;
      const found = view.tape.trades(row.instrument, limit, before);
      const trades = found.map((trade) => presentTrade(trade, row));
      const more = found.length === limit && (found.at(-1)?.entry ?? 0) > 0;
      return {
        symbol: row.symbol,
        trades,
        next: more ? String(found.at(-1)?.entry) : null,
        simulated: context.simulated,
      };
    },
  );

  app.get(
    '/candles/:symbol',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Candles, oldest first',
        params,
        querystring: z.strictObject({
          interval: candleIntervalSchema.default('1m'),
          limit: integerTextSchema.pipe(z.int().min(1).max(CANDLES_MAX)).optional(),
        }),
        response: { 200: candleListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = context.instrument(request.params.symbol);
      const { interval, limit = CANDLES_DEFAULT } = request.query;
      const candles = view.candles.candles(row.instrument, interval, limit).map((candle) => presentCandle(candle, row));
      return { symbol: row.symbol, interval, candles, simulated: context.simulated };
    },
  );

  app.get(
    '/stats',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'What happened in each of the last seconds, oldest first',
        querystring: z.strictObject({
          seconds: integerTextSchema.pipe(z.int().min(1).max(STATS_SECONDS_MAX)).optional(),
        }),
        response: { 200: statsListSchema, ...PROBLEMS },
      },
    },
    async (request) => ({
      samples: view.stats.samples(request.query.seconds ?? STATS_SECONDS_DEFAULT).map(presentStats),
    }),
  );
}

function bookRoutes(app: ApiServer, context: ApiContext): void {
  const { view } = context.deps;
  const header = (row: InstrumentRow) => ({
    symbol: row.symbol,
    sequence: view.sequence,
    timeMicros: view.timeMicros,
    state: STATE_NAMES[row.state],
  });

  app.get(
    '/books/:symbol/l1',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Best prices, last trade, and what an auction would do',
        params,
        response: { 200: books.topOfBookSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = context.instrument(request.params.symbol);
      return {
        ...header(row),
        bid: row.bid === undefined ? null : presentLevel(row.bid, row),
        ask: row.ask === undefined ? null : presentLevel(row.ask, row),
        last: presentLast(row, view.tape.day(row.instrument)),
        indicative: presentIndicative(row),
      };
    },
  );

  app.get(
    '/books/:symbol/l2',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Displayed quantity by price',
        params,
        querystring: depthQuery,
        response: { 200: books.depthBookSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = context.instrument(request.params.symbol);
      const { depth = DEPTH_DEFAULT } = request.query;
      const side = (index: number) =>
        levelsOf(view.ready, row.instrument, index, depth).map((level) => presentLevel(level, row));
      return { ...header(row), bids: side(0), asks: side(1) };
    },
  );

  app.get(
    '/books/:symbol/l3',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Displayed orders one by one, without their owners',
        params,
        querystring: depthQuery,
        response: { 200: books.orderBookSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = context.instrument(request.params.symbol);
      const { depth = DEPTH_DEFAULT } = request.query;
      const side = (index: number) =>
        bookOrdersOf(view.ready, row.instrument, index, depth).map((order) => presentBookOrder(order, row));
      return { ...header(row), bids: side(0), asks: side(1) };
    },
  );
}
