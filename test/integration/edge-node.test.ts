import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openFileJournal } from '#journal/file-journal.ts';
import { systemFiles } from '#journal/files.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { RequestClient } from '#edge/client-requests.ts';
import { Replica } from '#edge/replica.ts';
import { CommandKind, NewOrder } from '#trading/commands.ts';
import { EventKind, Execution, ExecType, OrderStatus } from '#trading/events.ts';
import { MarketState, Side } from '#trading/terms.ts';
import { Code } from '#trading/codes.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { processMetrics } from '#telemetry/process.ts';
import { edgeMetrics } from '#edge/metrics.ts';
import {
  ADMINISTRATOR,
  cancelOrder,
  clock,
  marketState,
  newOrder,
  openMarket,
  startTestNode,
  temporaryFolder,
  until,
} from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

let test: TestNode;
afterEach(async () => test.stop());

async function requestClient(session = ADMINISTRATOR): Promise<RequestClient> {
  const privateKey = test.keys.get(session);
  if (privateKey === undefined) throw new Error('no key');
  const endpoints = [{ host: '127.0.0.1', port: test.node.port }];
  const client = new RequestClient({ endpoints, session, privateKey, clock });
  await client.connect();
  return client;
}

/** A journal in a fresh folder whose disk can be made to refuse. */
function faultyDisk(): { files: typeof systemFiles; disk: { full: boolean; writes: number } } {
  const disk = { full: false, writes: 0 };
  const refuse = (): never => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  return {
    disk,
    files: {
      ...systemFiles,
      write(fd, bytes, offset, length, position) {
        disk.writes++;
        return disk.full ? refuse() : systemFiles.write(fd, bytes, offset, length, position);
      },
    },
  };
}

describe('ack levels', () => {
  it('gives a durable session its answers only when they are durable, and a journaled one at once', async () => {
    const held: (() => void)[] = [];
    let holding = false;
    const journal = await openFileJournal({
      folder: join(temporaryFolder(), 'journal'),
      clock,
      backgroundSyncMs: 0,
      files: {
        ...systemFiles,
        syncLater(fd, done) {
          if (holding) held.push(() => systemFiles.syncLater(fd, done));
          else systemFiles.syncLater(fd, done);
        },
      },
    });
    test = await startTestNode({ 2: { ackLevel: AckLevel.durable }, 3: {} }, {}, { journal });
    await openMarket(test);
    const durable = await test.connect(2);
    const journaled = await test.connect(3);
    holding = true;
    durable.send(newOrder({ clOrdId: 1 }));
    journaled.send(newOrder({ clOrdId: 2 }));
    await journaled.until(() => journaled.reports.length === 1);
    await until(() => held.length > 0);
    expect(durable.reports).toEqual([]);
    holding = false;
    for (const release of held) release();
    await durable.until(() => durable.reports.length === 1);
    expect(durable.receipt.ackLevel).toBe(AckLevel.durable);
  });
});

describe('a journal that refuses', () => {
  it('refuses orders with a code, shows nothing of what it could not write, and goes on when there is room', async () => {
    const { files, disk } = faultyDisk();
    const journal = await openFileJournal({ folder: join(temporaryFolder(), 'journal'), clock, files });
    test = await startTestNode({ 2: {}, 3: {} }, {}, { journal });
    await openMarket(test);
    const trader = await test.connect(2);
    trader.send(newOrder({ clOrdId: 1 }));
    await trader.until(() => trader.reports.length === 1);
    disk.full = true;
    trader.send(newOrder({ clOrdId: 2 }));
    await until(() => test.logs.some((line) => line.includes('refuses')));
    trader.send(newOrder({ clOrdId: 3 }));
    await trader.until(() => trader.rejects.length === 1);
    expect(trader.rejects[0].code).toBe(SessionCode.storageUnavailable);
    expect(trader.reports.length).toBe(1);
    const client = await requestClient();
    expect((await client.nodeState()).state).toBe('journal refuses');
    await expect(client.orderStatus({ account: 0, clOrdIdLow: 1 })).rejects.toThrow('storageUnavailable');
    disk.full = false;
    await trader.until(() => trader.reports.length === 2);
    expect(trader.reports[1]).toMatchObject({ clOrdId: 2, execType: ExecType.new });
    expect((await client.nodeState()).state).toBe('open');
    trader.send(newOrder({ clOrdId: 4 }));
    await trader.until(() => trader.reports.length === 3);
    await client.close();
    expect(test.fatal).toEqual([]);
  });

  it('ends the node when another one has taken over, and nothing it matched afterwards is seen', async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2);
    const successor = await openFileJournal({ folder: join(test.folder, 'journal'), clock });
    const leadership = await successor.lead();
    trader.send(newOrder({ clOrdId: 1 }));
    await until(() => test.fatal.length > 0);
    expect(test.fatal[0]).toMatchObject({ code: 'EDGE_FENCED' });
    expect(trader.reports).toEqual([]);
    expect(leadership.epoch).toBe(2);
    await successor.close();
  });
});

describe('recovery', () => {
  it('comes to the same state and the same reports from the journal alone as from a snapshot', async () => {
    test = await startTestNode({ 2: {}, 3: {} }, { snapshotEveryCommands: 0 });
    const administrator = await openMarket(test);
    const trader = await test.connect(2, { reconnect: false });
    for (let clOrdId = 1; clOrdId <= 200; clOrdId++) {
      trader.send(
        newOrder({ clOrdId, account: clOrdId & 1, side: (clOrdId & 1) as Side, price: 1000 + (clOrdId % 7) }),
      );
      if (clOrdId % 3 === 0) trader.send(cancelOrder(clOrdId & 1, clOrdId));
    }
    administrator.send(marketState(MarketState.halt));
    await administrator.until(
      () => administrator.reports.at(-1)?.answers === administrator.client.session.sent.next - 1,
    );
    trader.send(newOrder({ clOrdId: 999 }));
    await trader.until(() => trader.reports.at(-1)?.clOrdId === 999);
    expect(trader.reports.at(-1)).toMatchObject({ execType: ExecType.rejected, reason: Code.marketHalted });
    const seen = trader.reports.length;
    const replica = await Replica.open({
      journal: await openFileJournal({ folder: join(test.folder, 'journal'), clock }),
      clock,
      onFault: (fault) => test.fatal.push(fault),
      useSnapshot: false,
    });
    replica.start();
    await test.node.stop();
    expect(await replica.reached(test.node.lastSequence(), 2000)).toBe(true);
    replica.stop();
    const stoppedAt = test.node.engine.stateHash();
    expect(replica.engine.stateHash()).toBe(stoppedAt);
    const snapshots = readdirSync(join(test.folder, 'journal')).filter((name) => name.startsWith('snapshot-'));
    expect(snapshots.length).toBe(1);
    await test.start();
    expect(test.node.engine.stateHash()).toBe(stoppedAt);
    await test.node.stop();
    for (const name of snapshots) rmSync(join(test.folder, 'journal', name));
    await test.start();
    expect(test.node.recovery.snapshotSequence).toBe(0);
    const late = await test.connect(2, { reconnect: false });
    await late.until(() => late.reports.length === seen);
    expect(late.reports.map(({ words, sequence }) => [sequence, words])).toEqual(
      trader.reports.map(({ words, sequence }) => [sequence, words]),
    );
  });

  it('takes snapshots while orders flow and begins with the newest', async () => {
    test = await startTestNode({ 2: {} }, { snapshotEveryCommands: 100 });
    await openMarket(test);
    const trader = await test.connect(2);
    for (let clOrdId = 1; clOrdId <= 600; clOrdId++) {
      trader.send(newOrder({ clOrdId }));
      trader.send(cancelOrder(0, clOrdId));
      if (clOrdId % 100 === 0) await trader.until(() => trader.reports.length === 2 * clOrdId);
      if (clOrdId % 100 === 0)
        await new Promise((resolve) => {
          setTimeout(resolve, 60);
        });
    }
    const client = await requestClient();
    await until(() => test.node.lastSequence() > 1200);
    let snapshotSequence = 0;
    for (const end = performance.now() + 20_000; snapshotSequence === 0 && performance.now() < end;) {
      ({ snapshotSequence } = await client.nodeState());
    }
    expect(snapshotSequence).toBeGreaterThan(100);
    const after = await client.takeSnapshot();
    expect(after.snapshotSequence).toBeGreaterThanOrEqual(snapshotSequence);
    await client.close();
    await test.node.stop();
    const stoppedAt = test.node.engine.stateHash();
    await test.start();
    expect(test.node.recovery.snapshotSequence).toBeGreaterThanOrEqual(after.snapshotSequence);
    expect(test.node.engine.stateHash()).toBe(stoppedAt);
    await trader.until(() => trader.receipts.length === 2);
    trader.send(newOrder({ clOrdId: 5000 }));
    await trader.until(() => trader.reports.some((report) => report.clOrdId === 5000));
  });
});

describe('requests over order entry', () => {
  it('answers a command with all of its events, a refusal with its code, a reject as a reject', async () => {
    test = await startTestNode();
    await openMarket(test);
    const client = await requestClient();
    await client.command(newOrder({ clOrdId: 1, account: 1, side: Side.sell, quantity: 4 }));
    await client.command(newOrder({ clOrdId: 2, account: 2, side: Side.sell, quantity: 4 }));
    const answer = await client.command(newOrder({ clOrdId: 3, quantity: 10 }));
    expect(answer.reject).toBeUndefined();
    expect(answer.journalSequence).toBe(test.node.lastSequence());
    const types = answer.events
      .filter((words) => words[Execution.clOrdIdLow] === 3)
      .map((words) => words[Execution.execType]);
    expect(types).toEqual([ExecType.new, ExecType.trade, ExecType.trade]);
    const refused = await client.command(marketState(99 as MarketState));
    expect(refused.events.map((words) => words[0] & 0xff)).toEqual([EventKind.refused]);
    const rejected = await client.command(newOrder({ clOrdId: 0 }));
    expect(rejected.events[0][Execution.reason]).toBe(Code.badClOrdId);
    const trader = await requestClient(2);
    const outside = await trader.command(newOrder({ clOrdId: 9, account: 3 }));
    expect(outside).toMatchObject({ events: [], reject: { code: SessionCode.accountNotAllowed } });
    await trader.close();
    await client.close();
  });

  it('tells the state of one order by either name, of none, and of all live ones page by page', async () => {
    test = await startTestNode();
    await openMarket(test);
    const client = await requestClient();
    const placed = await client.command(newOrder({ clOrdId: 77, quantity: 10, price: 950 }));
    const order = placed.events[0];
    const byClOrdId = await client.orderStatus({ account: 0, clOrdIdLow: 77 });
    const slot = order[Execution.orderSlot];
    const generation = order[Execution.orderGeneration];
    const byOrderId = await client.orderStatus({ account: 0, slot, generation });
    expect(byOrderId.slice(0, 18)).toEqual(byClOrdId.slice(0, 18));
    expect(byOrderId[Execution.status]).toBe(OrderStatus.new);
    await client.command(cancelOrder(0, 77));
    const done = await client.orderStatus({ account: 0, clOrdIdLow: 77 });
    expect(done[Execution.status]).toBe(OrderStatus.canceled);
    const none = await client.orderStatus({ account: 0, clOrdIdLow: 78 });
    expect([none[Execution.status], none[Execution.reason]]).toEqual([OrderStatus.rejected, Code.unknownOrder]);
    for (let clOrdId = 100; clOrdId < 700; clOrdId++) client.client.submit(newOrder({ clOrdId, price: 900 }), 0);
    await until(() => test.node.engine.view?.orders.live === 600);
    const live = await client.liveOrders(0);
    expect(new Set(live.map((words) => words[Execution.clOrdIdLow])).size).toBe(600);
    expect(await client.liveOrders(1)).toEqual([]);
    await client.close();
  });

  it('tells administrators of the node, its sessions and its metrics, and drops a session for them', async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2, { reconnect: false });
    trader.send(newOrder({ clOrdId: 1 }));
    await trader.until(() => trader.reports.length === 1);
    const registry = createRegistry([edgeMetrics, processMetrics]);
    let received = 0;
    const privateKey = test.keys.get(ADMINISTRATOR);
    if (privateKey === undefined) throw new Error('no key');
    const client = new RequestClient(
      { endpoints: [{ host: '127.0.0.1', port: test.node.port }], session: ADMINISTRATOR, privateKey, clock },
      {
        onMetrics: (slots) => {
          received += registry.importSlots(slots) ? 1 : 0;
        },
      },
    );
    await client.connect();
    const sessions = await client.liveSessions();
    expect(sessions.find(({ session }) => session === 2)).toMatchObject({ inbound: 1, outbound: 1, pendingBytes: 0 });
    const state = await client.nodeState();
    expect(state).toMatchObject({ epoch: 1, state: 'open', nodeClass: 'standard', liveSessions: 2 });
    client.subscribeMetrics(100);
    const orders = registry.metrics(edgeMetrics).commands.labels({ kind: 'newOrder' });
    await until(() => received > 0 && orders.value === 1);
    expect(registry.metrics(edgeMetrics).reportLatency.count).toBeGreaterThan(0);
    client.dropSession(2);
    await trader.until(() => trader.downs.length === 1);
    expect(trader.downs).toEqual([SessionCode.droppedByOperator]);
    await client.close();
  });
});

describe('a replica', () => {
  it('hands every command with its events to listeners, in order, as the node makes them', async () => {
    test = await startTestNode();
    const replica = await Replica.open({
      journal: await openFileJournal({ folder: join(test.folder, 'journal'), clock }),
      clock,
      onFault: (fault) => test.fatal.push(fault),
    });
    const seen: string[] = [];
    replica.listen({
      onEvents: (words, end, command) => {
        for (let at = 0; at < end; at += words[at] >>> 16) {
          if ((words[at] & 0xff) === EventKind.execution)
            seen.push(`${command.sequence}:${words[at + Execution.execType]}`);
        }
      },
      onCommand: (command) => {
        if (command.kind === CommandKind.newOrder)
          seen.push(`order ${command.words[command.at + NewOrder.clOrdIdLow]}`);
      },
    });
    replica.start();
    await openMarket(test);
    const trader = await test.connect(2);
    trader.send(newOrder({ clOrdId: 1 }));
    trader.send(newOrder({ clOrdId: 2, account: 1, side: Side.sell }));
    await trader.until(() => trader.reports.length === 4);
    const [first, second] = trader.reports.map((report) => report.journalSequence);
    expect(await replica.reached(second, 2000)).toBe(true);
    expect(seen).toEqual([
      `${first}:${ExecType.new}`,
      'order 1',
      `${second}:${ExecType.new}`,
      `${second}:${ExecType.trade}`,
      `${second}:${ExecType.trade}`,
      'order 2',
    ]);
    expect(replica.lagMicros).toBeLessThan(1e6);
    await until(() => replica.sequence === test.node.lastSequence());
    expect(replica.engine.stateHash()).toBe(test.node.engine.stateHash());
    replica.stop();
    expect(test.fatal).toEqual([]);
  });
});
