/**
 * A real node for tests: real engine, real journal in a temporary folder, real sockets on the loopback interface, and
 * clients that collect what they are told.
 */
import { generateKeyPairSync, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { SessionDirectory, SessionRecord } from '#kit/ports/sessions.ts';
import { OrderEntryClient } from '#edge/client.ts';
import type { OrderEntryClientOptions } from '#edge/client.ts';
import { startNode } from '#edge/node.ts';
import type { NodeOptions, NodeParts, RunningNode } from '#edge/node-types.ts';
import * as commands from '#trading/commands.ts';
import { CommandKind, writeHeader, writeWide } from '#trading/commands.ts';
import { Accepted, EventKind, Execution, Refused } from '#trading/events.ts';
import { MarketState, OrderType, SelfTrade, Side, TimeInForce, packTerms } from '#trading/terms.ts';
import type { LoginReceipt } from '#wire/order-entry/client-session.ts';
import { isFinal } from '#wire/order-entry/client-session.ts';
import { FrameFlag, FrameHeader, readWideAt } from '#wire/order-entry/frame.ts';
import { EVENT_AT, Stamps } from '#wire/order-entry/messages.ts';

export const ADMINISTRATOR = 1;
export const clock = createSystemClock();

export interface Report {
  type: number;
  sequence: number;
  final: boolean;
  replayed: boolean;
  journalSequence: number;
  kind: number;
  /** The event's words. */
  words: number[];
  execType: number;
  status: number;
  reason: number;
  clOrdId: number;
  answers: number;
}

export interface TestClient {
  client: OrderEntryClient;
  receipt: LoginReceipt;
  reports: Report[];
  rejects: { code: number; type: number; sequence: number; limit: number; used: number }[];
  frames: { type: number; bytes: Uint8Array }[];
  downs: (number | undefined)[];
  receipts: LoginReceipt[];
  /** Resolves when `condition` holds; fails after `timeoutMs`. */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>;
  send(words: Int32Array): number;
}

export interface TestNode {
  node: RunningNode;
  folder: string;
  keys: Map<number, KeyObject>;
  records: Map<number, SessionRecord>;
  fatal: Error[];
  logs: string[];
  connect(session: number, options?: Partial<OrderEntryClientOptions>): Promise<TestClient>;
  /** Starts the stopped node again, on the same folder and port. */
  start(options?: Partial<NodeOptions>, parts?: Partial<NodeParts>): Promise<void>;
  /** Stops the node and starts it again. */
  restart(options?: Partial<NodeOptions>, parts?: Partial<NodeParts>): Promise<void>;
  stop(): Promise<void>;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nautilus-edge-'));
}

/** A directory of sessions with fresh keys: number 1 administers, the others trade for `participant` 0. */
export function makeSessions(overrides: Readonly<Record<number, Partial<SessionRecord>>>): {
  keys: Map<number, KeyObject>;
  records: Map<number, SessionRecord>;
  directory: SessionDirectory;
} {
  const keys = new Map<number, KeyObject>();
  const records = new Map<number, SessionRecord>();
  const administrator: Partial<SessionRecord> = { role: 'administrator', participant: -1 };
  const all: Readonly<Record<number, Partial<SessionRecord>>> = { [ADMINISTRATOR]: administrator, ...overrides };
  for (const [id, override] of Object.entries(all)) {
    const session = Number(id);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    keys.set(session, privateKey);
    records.set(session, {
      session,
      participant: 0,
      accounts: 'all',
      role: 'trader',
      publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
      ackLevel: AckLevel.journaled,
      cancelOnDisconnect: false,
      graceMs: 0,
      ordersPerSecond: 0,
      enabled: true,
      ...override,
    });
  }
  const directory: SessionDirectory = {
    find: async (session) => records.get(session),
    list: async () => [...records.values()],
  };
  return { keys, records, directory };
}

export async function startTestNode(
  overrides: Readonly<Record<number, Partial<SessionRecord>>> = { 2: {}, 3: {} },
  options: Partial<NodeOptions> = {},
  parts: Partial<NodeParts> = {},
): Promise<TestNode> {
  const folder = temporaryFolder();
  const { keys, records, directory } = makeSessions(overrides);
  const fatal: Error[] = [];
  const logs: string[] = [];
  const open: TestClient[] = [];
  const start = async (more: Partial<NodeOptions>, moreParts: Partial<NodeParts>): Promise<RunningNode> =>
    startNode(
      {
        listen: { host: '127.0.0.1', port: 0 },
        journalFolder: join(folder, 'journal'),
        warmUp: false,
        capacity: { orders: 4096, dayOrders: 65_536, accounts: 256, positions: 1024, instruments: 16, trades: 4096 },
        outbox: { ringBytes: 1 << 22, framesMax: 1 << 15 },
        ...options,
        ...more,
      },
      {
        clock,
        directory,
        fillRandom: (bytes) => void randomFillSync(bytes),
        onFatal: (error) => fatal.push(error),
        log: (line) => logs.push(line),
        ...parts,
        ...moreParts,
      },
    );
  const test: TestNode = {
    node: await start({}, {}),
    folder,
    keys,
    records,
    fatal,
    logs,
    async connect(session, clientOptions = {}) {
      const key = keys.get(session);
      if (key === undefined) throw new Error(`no session ${session}`);
      const client = await connectClient(test.node.port, session, key, clientOptions);
      open.push(client);
      return client;
    },
    async start(more = {}, moreParts = {}) {
      test.node = await start({ listen: { host: '127.0.0.1', port: test.node.port }, ...more }, moreParts);
    },
    async restart(more = {}, moreParts = {}) {
      await test.node.stop();
      await test.start(more, moreParts);
    },
    async stop() {
      await Promise.all(open.map(async ({ client }) => client.close()));
      await test.node.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return test;
}

export async function connectClient(
  port: number,
  session: number,
  privateKey: KeyObject,
  options: Partial<OrderEntryClientOptions> = {},
): Promise<TestClient> {
  const test = { reports: [], rejects: [], frames: [], downs: [], receipts: [] } as unknown as TestClient;
  const client = new OrderEntryClient(
    { endpoints: [{ host: '127.0.0.1', port }], session, privateKey, clock, ...options },
    {
      onReport: (type, flags, view, at) => test.reports.push(decodeReport(type, flags, view, at)),
      onReject: (code, type, sequence, limit, _value, used) => test.rejects.push({ code, type, sequence, limit, used }),
      onFrame: (type, view, at, length) =>
        test.frames.push({ type, bytes: new Uint8Array(view.buffer, view.byteOffset + at, length).slice() }),
      onLive: (receipt) => test.receipts.push(receipt),
      onDown: (code) => test.downs.push(code),
    },
  );
  test.client = client;
  test.until = async (condition, timeoutMs = 5000) => until(condition, timeoutMs);
  test.send = (words) => client.submit(words, 0);
  test.receipt = await client.connect();
  return test;
}

export async function until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

function decodeReport(type: number, flags: number, view: DataView, at: number): Report {
  const head = view.getInt32(at + EVENT_AT, true);
  const words = Array.from({ length: head >>> 16 }, (_, word) => view.getInt32(at + EVENT_AT + word * 4, true));
  const kind = head & 0xff;
  const execution = kind === EventKind.execution;
  const answerWord = { [EventKind.accepted]: Accepted.clientSequence, [EventKind.refused]: Refused.clientSequence }[
    kind
  ];
  return {
    type,
    sequence: view.getUint32(at + FrameHeader.sequence, true),
    final: isFinal(flags),
    replayed: (flags & FrameFlag.replayed) !== 0,
    journalSequence: readWideAt(view, at + Stamps.journalSequence),
    kind,
    words,
    execType: execution ? words[Execution.execType] : -1,
    status: execution ? words[Execution.status] & 0xff : -1,
    reason: execution ? words[Execution.reason] : kind === EventKind.refused ? words[Refused.reason] : 0,
    clOrdId: execution ? words[Execution.clOrdIdLow] : 0,
    answers: execution ? words[Execution.clientSequence] : answerWord === undefined ? 0 : words[answerWord],
  };
}

/** A command of `length` words; `fill` sets its body. */
function command(kind: CommandKind, length: number, fill: (words: Int32Array) => void): Int32Array {
  const words = new Int32Array(length);
  writeHeader(words, 0, kind, length, 0, 0);
  fill(words);
  return words;
}

export interface OrderTerms {
  account?: number;
  instrument?: number;
  clOrdId: number;
  side?: Side;
  quantity?: number;
  price?: number;
  timeInForce?: TimeInForce;
}

export function newOrder(order: OrderTerms): Int32Array {
  const { NewOrder, NEW_ORDER_WORDS } = commands;
  const timeInForce = order.timeInForce ?? TimeInForce.day;
  return command(CommandKind.newOrder, NEW_ORDER_WORDS, (words) => {
    words[NewOrder.account] = order.account ?? 0;
    words[NewOrder.instrument] = order.instrument ?? 0;
    words[NewOrder.clOrdIdLow] = order.clOrdId;
    words[NewOrder.terms] = packTerms(order.side ?? Side.buy, OrderType.limit, timeInForce, SelfTrade.none);
    words[NewOrder.quantity] = order.quantity ?? 10;
    words[NewOrder.priceTicks] = order.price ?? 1000;
  });
}

export function cancelOrder(account: number, clOrdId: number): Int32Array {
  const { CancelOrder, CANCEL_ORDER_WORDS } = commands;
  return command(CommandKind.cancelOrder, CANCEL_ORDER_WORDS, (words) => {
    words[CancelOrder.account] = account;
    words[CancelOrder.clOrdIdLow] = clOrdId;
  });
}

export function massCancel(
  conditions: Partial<Record<'session' | 'account' | 'participant' | 'instrument' | 'side', number>>,
): Int32Array {
  const { MassCancel, MASS_CANCEL_WORDS } = commands;
  return command(CommandKind.massCancel, MASS_CANCEL_WORDS, (words) => {
    words[MassCancel.session] = conditions.session ?? -1;
    words[MassCancel.account] = conditions.account ?? -1;
    words[MassCancel.participant] = conditions.participant ?? -1;
    words[MassCancel.instrument] = conditions.instrument ?? -1;
    words[MassCancel.side] = conditions.side ?? -1;
  });
}

export function marketState(state: MarketState): Int32Array {
  const { MarketStateCommand, MARKET_STATE_WORDS } = commands;
  return command(CommandKind.marketState, MARKET_STATE_WORDS, (words) => {
    words[MarketStateCommand.instrument] = -1;
    words[MarketStateCommand.state] = state;
  });
}

/** One instrument, accounts 0 to `accounts` − 1 (account n of participant n >> 1) with money, continuous trading. */
export function setupCommands(accounts = 4): Int32Array[] {
  const list = [
    command(CommandKind.instrument, commands.INSTRUMENT_WORDS, (words) => {
      const { InstrumentCommand } = commands;
      words[InstrumentCommand.symbol] = 0x5453_4554;
      words[InstrumentCommand.flags] = 1;
      words[InstrumentCommand.moneyPerTick] = 1;
      words[InstrumentCommand.referenceTicks] = 1000;
      words[InstrumentCommand.lotSize] = 1;
      words[InstrumentCommand.minTicks] = 1;
      words[InstrumentCommand.maxTicks] = 1_000_000;
      words[InstrumentCommand.tickMantissa] = 1;
    }),
  ];
  for (let account = 0; account < accounts; account++) {
    list.push(
      command(CommandKind.account, commands.ACCOUNT_WORDS, (words) => {
        words[commands.AccountCommand.account] = account;
        words[commands.AccountCommand.participant] = account >> 1;
        words[commands.AccountCommand.flags] = 1;
      }),
      command(CommandKind.funds, commands.FUNDS_WORDS, (words) => {
        words[commands.Funds.account] = account;
        writeWide(words, commands.Funds.amountLow, 1e12);
      }),
    );
  }
  return [...list, marketState(MarketState.preOpen), marketState(MarketState.continuous)];
}

/** Sets a market of four accounts up through the administrator's session; returns that client. */
export async function openMarket(test: TestNode, given?: TestClient): Promise<TestClient> {
  const administrator = given ?? (await test.connect(ADMINISTRATOR));
  const list = setupCommands();
  for (const words of list) administrator.send(words);
  await administrator.until(() => administrator.reports.length >= list.length);
  const bad = administrator.reports.find((report) => report.kind !== EventKind.accepted);
  if (bad !== undefined) throw new Error(`set-up refused: ${JSON.stringify(bad)}`);
  return administrator;
}
