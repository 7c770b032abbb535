import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileJournal } from '#journal/file-journal.ts';
import { ExecType } from '#trading/events.ts';
import { ExitCode } from '#edge/exit-codes.ts';
import {
  ADMINISTRATOR,
  clock,
  connectClient,
  makeSessions,
  newOrder,
  setupCommands,
  temporaryFolder,
} from './edge-harness.ts';
import { makeCertificate } from './certificates.ts';

const MAIN = fileURLToPath(new URL('../../src/edge/main.ts', import.meta.url));

let folder: string;
let running: NodeProcess[] = [];
const SNAPSHOT_VERSION_BYTE = 4;
const { keys, records } = makeSessions({ 2: {} });

interface NodeProcess {
  child: ChildProcess;
  log: () => string;
  exit: Promise<number | null>;
}

beforeEach(() => {
  folder = temporaryFolder();
  const sessions = [...records.values()].map(({ publicKey, ackLevel: _level, ...rest }) => ({
    ...rest,
    publicKey: Buffer.from(publicKey).toString('base64url'),
  }));
  writeFileSync(join(folder, 'sessions.json'), JSON.stringify(sessions));
});

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(async ({ exit }) => exit));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

function options(more: object = {}): object {
  return {
    dataFolder: join(folder, 'data'),
    sessions: { file: join(folder, 'sessions.json') },
    capacity: { orders: 4096, dayOrders: 65_536, trades: 4096, recentOrders: 4096 },
    warmUp: false,
    ...more,
  };
}

function start(content: unknown, argument = join(folder, 'options.json')): NodeProcess {
  writeFileSync(join(folder, 'options.json'), typeof content === 'string' ? content : JSON.stringify(content));
  const child = spawn(process.execPath, [MAIN, argument], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let text = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const process_ = { child, log: () => text, exit };
  running.push(process_);
  return process_;
}

async function ready(node: NodeProcess): Promise<number> {
  const [message] = (await Promise.race([
    once(node.child, 'message'),
    node.exit.then((code) => {
      throw new Error(`ended with ${code}: ${node.log()}`);
    }),
  ])) as [{ port: number }];
  return message.port;
}

async function connect(port: number, session: number): ReturnType<typeof connectClient> {
  const key = keys.get(session);
  if (key === undefined) throw new Error('no key');
  return connectClient(port, session, key);
}

describe('the process of a node', () => {
  it('opens, says where, stops cleanly on SIGTERM with a snapshot, and goes on from it', async () => {
    const first = start(options());
    const port = await ready(first);
    const file = join(folder, 'data', 'node.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: first.child.pid, port, epoch: 1 });
    const administrator = await connect(port, ADMINISTRATOR);
    for (const words of setupCommands()) administrator.send(words);
    const trader = await connect(port, 2);
    trader.send(newOrder({ clOrdId: 1 }));
    await trader.until(() => trader.reports.length === 1);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(ExitCode.stopped);
    expect(existsSync(file)).toBe(false);
    expect(first.log()).toContain('stopped');
    const second = start(options({ port }));
    expect(await ready(second)).toBe(port);
    expect(second.log()).toMatch(/epoch 2, snapshot \d+ \+ 0 commands/);
    await trader.until(() => trader.receipts.length === 2);
    expect(trader.receipts[1]).toMatchObject({ lostMessages: 0, regressed: false });
    await administrator.client.close();
    await trader.client.close();
  });

  it('loses no acknowledged order when it is killed, and executes none twice', async () => {
    const first = start(options());
    const port = await ready(first);
    const administrator = await connect(port, ADMINISTRATOR);
    for (const words of setupCommands()) administrator.send(words);
    const trader = await connect(port, 2);
    let clOrdId = 0;
    const sender = setInterval(() => {
      for (let order = 0; order < 20; order++)
        trader.send(newOrder({ clOrdId: ++clOrdId, price: 1 + (clOrdId % 900) }));
    }, 1);
    await trader.until(() => trader.reports.length > 300);
    first.child.kill('SIGKILL');
    await first.exit;
    clearInterval(sender);
    const second = start(options({ port }));
    await ready(second);
    await trader.until(() => trader.receipts.length === 2 && trader.reports.length === clOrdId, 15_000);
    expect(trader.reports.map((report) => report.sequence)).toEqual(
      Array.from({ length: clOrdId }, (_, index) => index + 1),
    );
    expect(new Set(trader.reports.map((report) => report.clOrdId)).size).toBe(clOrdId);
    expect(trader.reports.every((report) => report.execType === ExecType.new)).toBe(true);
    expect(trader.receipts[1].regressed).toBe(false);
    await administrator.client.close();
    await trader.client.close();
  });

  it('ends when the process that started it is gone', async () => {
    const node = start(options());
    await ready(node);
    node.child.disconnect();
    expect(await node.exit).toBe(ExitCode.stopped);
    expect(node.log()).toContain('the process that started it is gone');
  });
});

describe('a node that cannot start', () => {
  it.each<[string, string | (() => object), string]>([
    ['no JSON', '{', 'JSON'],
    ['an unknown key', () => options({ prot: 1 }), 'prot'],
    ['a missing key', () => ({ dataFolder: join(folder, 'data') }), 'sessions'],
    ['a port out of range', () => options({ port: 70_000 }), 'port'],
    ['a capacity out of range', () => options({ capacity: { orders: 1 << 30 } }), 'capacity.orders'],
    ['a ring that is no power of two', () => options({ outbox: { ringBytes: 3_000_000 } }), 'outbox.ringBytes'],
    ['clear text on every address', () => options({ host: '0.0.0.0' }), 'EDGE_CLEAR_TEXT_REFUSED'],
  ])('ends with the exit code of a bad configuration: %s', async (_what, content, words) => {
    const node = start(typeof content === 'string' ? content : content());
    expect([await node.exit, node.log()]).toEqual([ExitCode.configuration, expect.stringContaining(words)]);
  });

  it('ends with the exit code of a bad configuration when there is no options file', async () => {
    const node = start('{}', join(folder, 'nothing.json'));
    expect([await node.exit, node.log()]).toEqual([ExitCode.configuration, expect.stringContaining('no such file')]);
  });

  it('names the process that holds its port, and leaves the leadership where it is', async () => {
    const first = start(options());
    const port = await ready(first);
    const second = start(options({ port }));
    expect(await second.exit).toBe(ExitCode.address);
    expect(second.log()).toContain(`port ${port} is held by process ${first.child.pid}`);
    expect(second.log()).toContain('src/edge/main.ts');
    const client = await connect(port, ADMINISTRATOR);
    client.send(setupCommands()[0]);
    await client.until(() => client.reports.length === 1);
    await client.client.close();
  });

  it('names a port held by something else, too', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const node = start(options({ port }));
    expect(await node.exit).toBe(ExitCode.address);
    expect(node.log()).toContain(`held by process ${process.pid}`);
    server.close();
  });

  it('says so when the data folder is in a place where nobody can write', async () => {
    const node = start({ ...options(), dataFolder: '/sys/nautilus' });
    expect([await node.exit, node.log()]).toEqual([ExitCode.folder, expect.stringContaining('EDGE_DATA_UNWRITABLE')]);
  });

  it('says so when the data folder cannot be a folder', async () => {
    writeFileSync(join(folder, 'data'), 'a file');
    const node = start(options());
    expect([await node.exit, node.log()]).toEqual([ExitCode.folder, expect.stringContaining('EDGE_DATA_UNWRITABLE')]);
  });

  it('refuses a key that does not belong to its certificate, a missing key, and a bad session key', async () => {
    const own = makeCertificate('node');
    const other = makeCertificate('other');
    writeFileSync(join(folder, 'node.crt'), own.certificate);
    writeFileSync(join(folder, 'other.key'), other.key);
    const tls = { certificateFile: join(folder, 'node.crt'), keyFile: join(folder, 'other.key') };
    const wrong = start(options({ tls }));
    expect([await wrong.exit, wrong.log()]).toEqual([ExitCode.key, expect.stringContaining('EDGE_KEY_UNUSABLE')]);
    const missing = start(options({ tls: { ...tls, keyFile: join(folder, 'nothing.key') } }));
    expect([await missing.exit, missing.log()]).toEqual([ExitCode.key, expect.stringContaining('nothing.key')]);
    const file = join(folder, 'bad.json');
    writeFileSync(file, JSON.stringify([{ session: 5, participant: 0, accounts: 'all', publicKey: 'AAAA' }]));
    const session = start(options({ sessions: { file } }));
    expect([await session.exit, session.log()]).toEqual([ExitCode.key, expect.stringContaining('session 5')]);
  });

  it('refuses a snapshot of a newer version', async () => {
    const first = start(options());
    await ready(first);
    first.child.kill('SIGTERM');
    await first.exit;
    const journal = await openFileJournal({ folder: join(folder, 'data', 'journal'), clock });
    await journal.lead();
    const snapshot = await journal.latestSnapshot();
    if (snapshot === undefined) throw new Error('no snapshot');
    const newer = snapshot.bytes.slice();
    newer[SNAPSHOT_VERSION_BYTE]++;
    for (const name of readdirSync(join(folder, 'data', 'journal'))) {
      if (name.startsWith('snapshot-')) rmSync(join(folder, 'data', 'journal', name));
    }
    await journal.storeSnapshot({ sequence: snapshot.sequence, bytes: newer });
    await journal.close();
    const second = start(options());
    expect([await second.exit, second.log()]).toEqual([ExitCode.data, expect.stringContaining('EDGE_SNAPSHOT_NEWER')]);
  });

  it('refuses a damaged journal, and changes nothing', async () => {
    const first = start(options());
    const client = await connect(await ready(first), ADMINISTRATOR);
    for (const words of setupCommands()) client.send(words);
    await client.until(() => client.reports.length === setupCommands().length);
    await client.client.close();
    first.child.kill('SIGTERM');
    await first.exit;
    const journal = join(folder, 'data', 'journal');
    const name = readdirSync(journal).find((entry) => entry.startsWith('snapshot-')) ?? '';
    const snapshot = readFileSync(join(journal, name));
    expect(snapshot.length).toBeGreaterThan(0);
    const segment = readdirSync(journal).find((entry) => entry.startsWith('segment-')) ?? '';
    const good = readFileSync(join(journal, segment));
    const bad = Buffer.from(good);
    bad[bad.indexOf(Buffer.from([1, 0, 0, 0])) + 600] ^= 0x40;
    rmSync(join(journal, name));
    writeFileSync(join(journal, segment), bad);
    const damaged = start(options());
    expect([await damaged.exit, damaged.log()]).toEqual([ExitCode.data, expect.stringContaining('JOURNAL_CORRUPT')]);
    expect(readFileSync(join(journal, segment)).equals(bad)).toBe(true);
    writeFileSync(join(journal, segment), good);
    const healed = start(options());
    await ready(healed);
    expect(healed.log()).toContain('snapshot 0 +');
  });
});

describe('what a node needs of the files it is given', () => {
  it('is found again when the sessions file changes while it runs', async () => {
    const node = start(options());
    const port = await ready(node);
    const key = keys.get(2);
    if (key === undefined) throw new Error('no key');
    const file = join(folder, 'sessions.json');
    const entries = JSON.parse(readFileSync(file, 'utf8')) as { session: number; enabled: boolean }[];
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    writeFileSync(file, JSON.stringify(entries.map((entry) => ({ ...entry, enabled: entry.session !== 2 }))));
    await expect(connectClient(port, 2, key, { reconnect: false })).rejects.toMatchObject({
      code: 'EDGE_LOGIN_REFUSED',
    });
    expect(node.child.exitCode).toBe(null);
  });
});
