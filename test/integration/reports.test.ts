/**
 * Reports to regulators: transaction reports are held to the published schemas by xmllint, and a running platform makes
 * every kind from its own journal.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { Activity } from '#compliance/reports/activity.ts';
import type { OrderEvent } from '#compliance/reports/activity.ts';
import type { ReportingReference } from '#compliance/reports/reference.ts';
import { writeTransactionReport } from '#compliance/reports/transaction-report.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import * as commands from '#trading/commands.ts';
import { writeWide } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { ExecType } from '#trading/events.ts';
import {
  Capacity,
  MarkFlag,
  OrderType,
  SelfTrade,
  ShortMark,
  Side,
  TermFlag,
  TimeInForce,
  packMarks,
  packTerms,
  sideOf,
} from '#trading/terms.ts';
import { needPeer, needSchema } from '../peers.ts';
import { startTestPlatform } from '../platform.ts';
import { logIn, until } from '../platform-user.ts';
import { setupCommands } from './edge-harness.ts';
import { TRANSACTION_SCHEMAS, validityErrors } from '../xml-schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-reports-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What xmllint finds wrong with a report by the three schemas; nothing when it is valid. */
function findings(context: TestContext, xml: string): string {
  const [schemaFolder = ''] = [...TRANSACTION_SCHEMAS.values()].map((file) => path.dirname(needSchema(context, file)));
  const report = path.join(folder, 'report.xml');
  writeFileSync(report, xml);
  const errors = validityErrors(schemaFolder, folder, report);
  return needPeer(context, errors, 'xmllint; on Debian: apt-get install libxml2-utils').join('\n');
}

const BY_ALGORITHM = MarkFlag.investmentByAlgorithm | MarkFlag.executionByAlgorithm;
const SELL = packTerms(1, OrderType.limit, TimeInForce.day, SelfTrade.none);
const BUY = packTerms(0, OrderType.limit, TimeInForce.day, SelfTrade.none);
const fill: OrderEvent = {
  sequence: 9,
  timeMicros: 1_700_000_000_123_456,
  execType: ExecType.trade,
  reason: 0,
  account: 1,
  instrument: 0,
  order: '3-1',
  clOrdId: '18446744073709551615',
  terms: BUY,
  priceTicks: 18_420,
  leaves: 0,
  cum: 30,
  lastQuantity: 30,
  lastTicks: 18_420,
  tradeId: 77,
  marks: packMarks(Capacity.principal, ShortMark.none, BY_ALGORITHM),
  investmentCode: 12,
  executionCode: 101,
  clientCode: 0,
};
const scale = { priceBaseTicks: 0, tickMantissa: 1, tickExponent: -2 };
const reference: ReportingReference = {
  operator: { name: 'A market', lei: 'SIMU00OPERATOR000090', mic: 'SIMU', country: 'GB' },
  party: (participant) =>
    participant === 1
      ? {
          lei: 'SIMU00YOURDESK000071',
          country: 'IE',
          algorithms: 'DESK',
          people: new Map([[12, 'IE19800101ALAN#TURIN']]),
        }
      : undefined,
  instrument: (instrument) =>
    instrument > 1
      ? undefined
      : {
          symbol: 'ORCA',
          isin: 'ZZORCA000003',
          currency: 'USD',
          isShare: instrument === 0,
          // A spread trades below zero.
          scale: instrument === 0 ? scale : { ...scale, priceBaseTicks: -20_000 },
        },
  participantOf: (account) => account,
};
const header = { messageId: 'rep_1', createdMicros: fill.timeMicros };

describe('a transaction report', () => {
  const sale = { ...fill, terms: SELL, marks: packMarks(Capacity.agency, ShortMark.short, BY_ALGORITHM) };
  const events: OrderEvent[] = [
    fill,
    sale,
    { ...sale, marks: packMarks(Capacity.mtch, ShortMark.shortExempt, BY_ALGORITHM) },
    { ...sale, instrument: 1 },
    { ...fill, marks: packMarks(Capacity.deal, ShortMark.none, MarkFlag.executionByAlgorithm) },
    { ...fill, execType: ExecType.tradeCancel },
    { ...fill, execType: ExecType.tradeCorrect, lastTicks: 18_421 },
    { ...fill, execType: ExecType.new },
  ];

  it('is valid by the published schemas, for every kind of side, mark and decider', (context) => {
    const { xml, transactions, exceptions } = writeTransactionReport(events, reference, header);
    expect({ transactions, exceptions }).toEqual({ transactions: 7, exceptions: [] });
    expect(findings(context, xml)).toBe('');
  });

  it('is found invalid when a field is broken: the check can fail', (context) => {
    const { xml } = writeTransactionReport(events, reference, header);
    expect(findings(context, xml.replace('SIMU00YOURDESK000071', 'NOT-AN-LEI'))).toContain('NOT-AN-LEI');
  });

  it('says what the rule’s fields say', () => {
    const { xml } = writeTransactionReport(events.slice(0, 4), reference, header);
    const [bought = '', sold = '', exempt = '', spread = ''] = xml.split('<Tx><New>').slice(1);
    expect(bought).toContain('<TradDt>2023-11-14T22:13:20.123456Z</TradDt><TradgCpcty>DEAL</TradgCpcty>');
    expect(bought).toContain('<Buyr><AcctOwnr><Id><LEI>SIMU00YOURDESK000071</LEI></Id>');
    expect(bought).toContain('<Amt Ccy="USD">184.20</Amt>');
    expect(bought).toContain('<Algo>DESK12</Algo>');
    expect(bought).not.toContain('ShrtSellgInd');
    expect(sold).toContain('<Sellr><AcctOwnr><Id><LEI>SIMU00YOURDESK000071</LEI></Id>');
    expect(sold).toContain('<ShrtSellgInd>SESH</ShrtSellgInd>');
    expect(exempt).toContain('<ShrtSellgInd>SSEX</ShrtSellgInd>');
    expect(spread).toContain('<Amt Ccy="USD">15.80</Amt><Sgn>false</Sgn>');
    expect(spread).not.toContain('ShrtSellgInd');
  });

  it('names what cannot be reported instead of filling it in', () => {
    const unknown: OrderEvent[] = [
      { ...fill, account: 2 },
      { ...fill, instrument: 7 },
      { ...fill, marks: 0, investmentCode: 99 },
      { ...fill, marks: MarkFlag.investmentByAlgorithm, executionCode: 98 },
    ];
    const { transactions, exceptions } = writeTransactionReport(unknown, reference, header);
    expect(transactions).toBe(0);
    expect(exceptions.map(({ problem }) => problem)).toEqual([
      'no legal entity is set down for the participant',
      'no ISIN is set down for the instrument',
      'nobody is set down for short code 99 (investment decision)',
      'nobody is set down for short code 98 (execution)',
    ]);
  });
});

describe('what reports are made from', () => {
  it('carries marks and codes of an order to the exits of its bracket, and to a trade that is cancelled later', () => {
    const { activity, run } = recordingEngine();
    const entry = orderWords(1, Side.buy, { takeProfitTicks: 1100, stopLossTicks: 900 });
    const exit = orderWords(2, Side.buy, {}, 1, 1100);
    for (const words of [orderWords(3, Side.sell, {}, 1), entry, exit]) run(words);
    const fills = activity.events.filter(({ execType, account }) => execType === ExecType.trade && account === 0);
    expect(fills.map(({ terms, lastTicks }) => [sideOf(terms), lastTicks])).toEqual([
      [Side.buy, 1000],
      [Side.sell, 1100],
    ]);
    expect(fills.map(({ marks, investmentCode, executionCode }) => [marks, investmentCode, executionCode])).toEqual(
      Array.from({ length: 2 }, () => [BY_ALGORITHM, 12, 101]),
    );
    run(tradeCancel(fills[0]?.tradeId ?? 0));
    const canceled = activity.events.find(
      ({ execType, account }) => execType === ExecType.tradeCancel && account === 0,
    );
    expect(canceled).toMatchObject({ marks: BY_ALGORITHM, investmentCode: 12, tradeId: fills[0]?.tradeId });
  });
});

/** An engine with one instrument that trades and accounts with money, whose events go into an activity. */
function recordingEngine(): { activity: Activity; run: (words: Int32Array) => void } {
  const activity = new Activity(0, Number.MAX_SAFE_INTEGER);
  const command = { words: new Int32Array(0) as Int32Array, at: 0, timeMicros: fill.timeMicros, sequence: 0 };
  const engine = new Engine((words, end) => activity.take(words, end, command));
  const run = (words: Int32Array): void => {
    command.words = words;
    command.sequence++;
    command.timeMicros++;
    writeWide(words, commands.Header.timeLow, command.timeMicros);
    engine.apply(words, 0);
  };
  const genesis = new Int32Array(commands.GENESIS_WORDS);
  writeGenesis(genesis, 0, { ...DEFAULT_CAPACITY, orders: 64, dayOrders: 64 }, fill.timeMicros);
  for (const words of [genesis, ...setupCommands()]) run(words);
  return { activity, run };
}

function orderWords(
  clOrdId: number,
  side: Side,
  exits: { takeProfitTicks?: number; stopLossTicks?: number },
  account = 0,
  price = 1000,
): Int32Array {
  const { NewOrder, NEW_ORDER_EXTRAS_WORDS } = commands;
  const words = new Int32Array(NEW_ORDER_EXTRAS_WORDS);
  commands.writeHeader(words, 0, commands.CommandKind.newOrder, words.length, 2, 0);
  words[NewOrder.account] = account;
  words[NewOrder.clOrdIdLow] = clOrdId;
  words[NewOrder.terms] = packTerms(side, OrderType.limit, TimeInForce.day, SelfTrade.none, TermFlag.extras);
  words[NewOrder.marks] = BY_ALGORITHM;
  words[NewOrder.quantity] = 10;
  words[NewOrder.priceTicks] = price;
  words[NewOrder.investmentCode] = 12;
  words[NewOrder.executionCode] = 101;
  words[NewOrder.takeProfitTicks] = exits.takeProfitTicks ?? 0;
  words[NewOrder.stopLossTicks] = exits.stopLossTicks ?? 0;
  return words;
}

function tradeCancel(tradeId: number): Int32Array {
  const words = new Int32Array(commands.TRADE_CANCEL_WORDS);
  commands.writeHeader(words, 0, commands.CommandKind.tradeCancel, words.length, 1, 0);
  writeWide(words, commands.TradeCancel.tradeIdLow, tradeId);
  return words;
}

describe('a platform that runs', () => {
  it('makes every kind of report from its journal, keeps it with its digest, and previews without keeping', async (context) => {
    const platform = await startTestPlatform();
    try {
      const owner = await logIn(platform);
      await until('something was traded', async () => {
        const { body } = await owner.ask('GET', '/trading/trades/BTC-USD');
        return body.trades?.length > 0 ? true : undefined;
      });
      const from = '2026-01-01T00:00:00Z';
      const period = {
        from: new Date(Date.now() - 3_600_000).toISOString(),
        to: new Date(Date.now() + 60_000).toISOString(),
      };
      const { body: catalogue } = await owner.ask('GET', '/compliance/reports/generate');
      const kinds = catalogue.kinds.map(({ kind }: { kind: string }) => kind);
      expect(kinds.length).toBeGreaterThan(2);
      for (const kind of kinds) {
        const { status, body } = await owner.ask('POST', '/compliance/reports/generate', { kind, ...period });
        expect([kind, status]).toEqual([kind, 201]);
        expect(body.report.records).toBeGreaterThan(0);
        const text = readFileSync(path.join(platform.dataFolder, 'reports', body.report.fileName));
        expect(createHash('sha256').update(text).digest('hex')).toBe(body.report.sha256);
        if (body.report.fileName.endsWith('.xml')) expect(findings(context, text.toString('utf8'))).toBe('');
      }
      const query = new URLSearchParams({ kind: kinds[0], ...period });
      const preview = await owner.ask('GET', `/compliance/reports/generate?${query.toString()}`);
      expect(preview.body.preview).toMatchObject({ kind: kinds[0], exceptionCount: 0 });
      const { body: made } = await owner.ask('GET', '/compliance/reports');
      expect(made.reports.length).toBe(kinds.length);

      const refusals: [object, number, string][] = [
        [{ kind: 'nothing-like-it', ...period }, 404, 'REPORT_UNKNOWN'],
        [{ kind: kinds[0], from: period.to, to: period.from }, 400, 'REPORT_BAD_PERIOD'],
        [{ kind: kinds[0], from, to: period.to }, 400, 'REPORT_BAD_PERIOD'],
        [{ kind: kinds[0], from, to: '2026-01-02T00:00:00Z' }, 409, 'REPORT_NOTHING'],
        [{ kind: kinds[0], from: 'yesterday', to: period.to }, 400, 'API_INVALID_REQUEST'],
      ];
      for (const [body, status, code] of refusals) {
        const answer = await owner.ask('POST', '/compliance/reports/generate', body);
        expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
      }
      expect((await owner.ask('GET', '/compliance/reports')).body.reports.length).toBe(kinds.length);
    } finally {
      await platform.stop();
    }
  });
});
