/**
 * A node is killed under load again and again, at random moments. The client's ledger of acknowledgements is compared with the
 * journal afterwards: nothing that was acknowledged is lost, nothing is there twice, and the recovered state is that of a
 * straight replay.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { OrderEntryClient } from '#edge/client.ts';
import { Replica } from '#edge/replica.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { Rng } from '#kit/rng.ts';
import { EventKind, ExecType, Execution, eventKind, eventLength } from '#trading/events.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import { ADMINISTRATOR, clock, makeSessions, newOrder, setupCommands, temporaryFolder } from './edge-harness.ts';

const TRADER = 2;
/** More by `NAUTILUS_KILL_ROUNDS`; each takes about a second. */
const ROUNDS = Number(process.env.NAUTILUS_KILL_ROUNDS ?? 25);
const LOAD_MS_MAX = 120;
const IN_FLIGHT_MAX = 64;
const TEST_TIMEOUT_MS = 60_000 + ROUNDS * 5000;

const folder = temporaryFolder();
const { keys, records } = makeSessions({ [TRADER]: {} });
let program: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  program = await bundle('src/edge/main.ts', join(folder, 'node.mjs'));
  const sessions = [...records.values()].map(({ publicKey, ackLevel: _level, ...rest }) => ({
    ...rest,
    publicKey: Buffer.from(publicKey).toString('base64url'),
  }));
  writeFileSync(join(folder, 'sessions.json'), JSON.stringify(sessions));
  const options = {
    dataFolder: join(folder, 'data'),
    sessions: { file: join(folder, 'sessions.json') },
    capacity: { orders: 1 << 18, dayOrders: 1 << 20, trades: 4096, recentOrders: 4096 },
    snapshotEveryCommands: 5000,
    warmUp: false,
  };
  writeFileSync(join(folder, 'options.json'), JSON.stringify(options));
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function startNode(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(program, [join(folder, 'options.json')], { execArgv: [...NODE_V8_FLAGS], stdio: 'ignore' });
  children.push(child);
  const [ready] = (await once(child, 'message')) as [{ port: number }];
  return { child, port: ready.port };
}

/** A client that notes the ClOrdID of every order that was acknowledged as new. */
function connect(session: number, port: number, acked: number[]): OrderEntryClient {
  const privateKey = keys.get(session);
  if (privateKey === undefined) throw new Error(`no key for session ${session}`);
  const endpoints = [{ host: '127.0.0.1', port }];
  return new OrderEntryClient(
    { endpoints, session, privateKey, clock, reconnect: false, skipReplay: true },
    {
      onReport(_type, _flags, view, at) {
        const word = (field: number): number => view.getInt32(at + EVENT_AT + field * 4, true);
        if ((word(0) & 0xff) !== EventKind.execution) acked.push(0);
        else if (word(Execution.execType) === ExecType.new) acked.push(word(Execution.clOrdIdLow));
      },
    },
  );
}

async function openMarket(port: number): Promise<void> {
  const answers: number[] = [];
  const administrator = connect(ADMINISTRATOR, port, answers);
  await administrator.connect();
  const commands = setupCommands();
  for (const words of commands) administrator.submit(words, 0);
  await expect.poll(() => answers.length, { timeout: 5000 }).toBe(commands.length);
  await administrator.close();
}

/** Sends orders that trade with each other until the node is gone; returns the ClOrdIDs sent and acknowledged. */
async function loadAndKill(rng: Rng, firstId: number): Promise<{ sent: number; acked: number[] }> {
  const acked: number[] = [];
  const { child, port } = await startNode();
  if (firstId === 1) await openMarket(port);
  const client = connect(TRADER, port, acked);
  await client.connect();
  let sent = 0;
  const exit = once(child, 'exit');
  const killAt = performance.now() + rng.float() * LOAD_MS_MAX;
  while (performance.now() < killAt) {
    for (; sent - acked.length < IN_FLIGHT_MAX; sent++) {
      const clOrdId = firstId + sent;
      const side = rng.int(2);
      const words = newOrder({
        account: side,
        clOrdId,
        side: side as 0 | 1,
        price: 995 + rng.int(11),
        quantity: 1 + rng.int(9),
      });
      if (client.submit(words, 0) === 0) break;
    }
    await pause(0);
  }
  child.kill('SIGKILL');
  await exit;
  await client.close();
  return { sent, acked };
}

async function stopInOrder(): Promise<void> {
  const { child } = await startNode();
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
}

/** Replays the journal from its first command: how often each ClOrdID was accepted, and the state's digest. */
async function replay(
  useSnapshot: boolean,
): Promise<{ accepted: Map<number, number>; hash: string; sequence: number }> {
  const accepted = new Map<number, number>();
  const journal = await openFileJournal({ folder: join(folder, 'data', 'journal'), clock });
  const fail = (fault: Error): never => {
    throw fault;
  };
  const replica = await Replica.open({ journal, clock, onFault: fail, useSnapshot });
  replica.listen({
    onEvents(words, end) {
      for (let at = 0; at < end; at += eventLength(words, at)) {
        if (eventKind(words, at) !== EventKind.execution || words[at + Execution.execType] !== ExecType.new) continue;
        const clOrdId = words[at + Execution.clOrdIdLow];
        accepted.set(clOrdId, (accepted.get(clOrdId) ?? 0) + 1);
      }
    },
  });
  replica.start();
  const result = { accepted, hash: replica.engine.stateHash(), sequence: replica.sequence };
  replica.stop();
  await journal.close();
  return result;
}

describe('a node that is killed under load', () => {
  it(
    `has every acknowledged order exactly once, ${ROUNDS} times in a row`,
    async () => {
      const rng = new Rng(20_240_611);
      const ledger: number[] = [];
      let nextId = 1;
      for (let round = 0; round < ROUNDS; round++) {
        // A clean stop half way leaves a snapshot; what follows it is recovered from there.
        if (round === ROUNDS >> 1) await stopInOrder();
        const { sent, acked } = await loadAndKill(rng, nextId);
        nextId += sent;
        ledger.push(...acked);
      }
      const { accepted, hash, sequence } = await replay(false);
      const lost = ledger.filter((clOrdId) => accepted.get(clOrdId) !== 1);
      expect(lost).toEqual([]);
      expect([...accepted.values()].filter((times) => times > 1)).toEqual([]);
      expect(new Set(ledger).size).toBe(ledger.length);
      expect(ledger.length).toBeGreaterThan(ROUNDS * 20);
      const fromSnapshot = await replay(true);
      expect(fromSnapshot.hash).toBe(hash);
      expect(fromSnapshot.sequence).toBe(sequence);
      expect(fromSnapshot.accepted.size).toBeLessThan(accepted.size);
    },
    TEST_TIMEOUT_MS,
  );
});
