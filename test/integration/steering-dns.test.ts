/** The name server on real sockets, asked by programs that others wrote: dig, kdig, dnsperf. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { encodeName } from '#federation/steering/dns/names.ts';
import { DnsServer } from '#federation/steering/dns/server.ts';
import { shippedZone, steeringWorld } from '#federation/steering/harness.ts';
import { createManualClock, createSystemClock } from '#kit/clock.ts';
import { needPeer } from '../peers.ts';

const run = promisify(execFile);
const world = steeringWorld({ stickySeconds: 0 });
const clock = createSystemClock();
let server: DnsServer;
let limited: DnsServer;

beforeAll(async () => {
  const options = { ...shippedZone, listen: ['127.0.0.1:0'] };
  server = await DnsServer.open(world.responder, options, clock);
  limited = await DnsServer.open(
    world.responder,
    { ...options, unlimited: [], answersPerSecond: 5 },
    createManualClock(1),
  );
});
afterAll(async () => {
  await server.close();
  await limited.close();
});

function program(context: Pick<TestContext, 'skip'>, name: string, from: string): string {
  const file = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => path.join(folder, name))
    .find((found) => existsSync(found));
  return needPeer(context, file, `${name}: apt-get install ${from}`);
}

async function dig(context: Pick<TestContext, 'skip'>, ...words: string[]): Promise<string> {
  const file = program(context, 'dig', 'bind9-dnsutils');
  return (await run(file, ['@127.0.0.1', '-p', String(server.ports[0]), '+tries=1', '+time=2', ...words])).stdout;
}

async function kdig(context: Pick<TestContext, 'skip'>, port: number | undefined, ...words: string[]): Promise<string> {
  const file = program(context, 'kdig', 'knot-dnsutils');
  return (await run(file, ['@127.0.0.1', '-p', String(port), '+retry=0', '+time=2', ...words])).stdout;
}

describe('dig', () => {
  it.for([
    ['133.11.0.0/24', '192.0.2.30'],
    ['193.0.6.0/24', '192.0.2.20'],
    ['8.8.8.0/24', '192.0.2.10'],
  ] as const)('from %s is sent to %s', async ([subnet, address], context) => {
    const text = await dig(context, 'api.nautilus.trading', 'A', `+subnet=${subnet}`);
    expect(text).toContain('status: NOERROR');
    expect(text).toContain(`CLIENT-SUBNET: ${subnet}/24`);
    expect(text).toMatch(
      new RegExp(`^api\\.nautilus\\.trading\\.\\s+60\\s+IN\\s+A\\s+${address.replaceAll('.', '\\.')}$`, 'm'),
    );
    expect(text).not.toContain('WARNING: Message');
  });

  it('reads the answer over IPv6 addresses, TCP, and with bits of case', async (context) => {
    expect(await dig(context, 'aPi.nautilus.TRADING', 'AAAA', '+tcp', '+short')).toMatch(/^2001:db8:/);
  });

  it('is told no such name, no data, and refused, each with what belongs to it', async (context) => {
    expect(await dig(context, 'nosuch.nautilus.trading')).toMatch(/status: NXDOMAIN[^]*SOA\s+ns1\.nautilus\.trading\./);
    expect(await dig(context, 'api.nautilus.trading', 'MX')).toMatch(/status: NOERROR[^]*ANSWER: 0, AUTHORITY: 1/);
    expect(await dig(context, 'example.com')).toContain('status: REFUSED');
    expect(await dig(context, 'nautilus.trading', 'AXFR')).toContain('Transfer failed');
    expect(await dig(context, 'api.nautilus.trading', '+edns=7', '+noednsnegotiation')).toContain('status: BADVERS');
  });
});

describe('kdig', () => {
  it('finds nothing to complain of over UDP and TCP', async (context) => {
    for (const over of ['+notcp', '+tcp']) {
      const text = await kdig(context, server.ports[0], 'nautilus.trading', 'NS', over);
      expect(text).toMatch(/status: NOERROR/);
      expect(text).toMatch(/ns2\.nautilus\.trading\.\s+3600\s+IN\s+A\s+198\.51\.100\.53/);
      expect(text).not.toMatch(/WARNING|malformed/i);
    }
  });

  it('comes back over TCP where its network asks too often over UDP', async (context) => {
    const texts: string[] = [];
    for (let query = 0; query < 12; query++) {
      texts.push(await kdig(context, limited.ports[0], 'api.nautilus.trading', 'A').catch(() => 'no answer'));
    }
    expect(texts.filter((text) => text.includes('(TCP)')).length).toBeGreaterThan(0);
    expect(limited.counts.cut).toBeGreaterThan(0);
    expect(limited.counts.tcpQueries).toBe(limited.counts.cut);
  });
});

describe('dnsperf', () => {
  it('loses no query, and every one has an answer', async (context) => {
    const file = program(context, 'dnsperf', 'dnsperf');
    const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-dnsperf-'));
    const queries = path.join(folder, 'queries');
    writeFileSync(queries, 'api.nautilus.trading A\napi.nautilus.trading AAAA\nnosuch.nautilus.trading A\n');
    const words = ['-s', '127.0.0.1', '-p', String(server.ports[0]), '-d', queries, '-n', '3000', '-q', '50'];
    const { stdout } = await run(file, words);
    rmSync(folder, { recursive: true });
    expect(stdout).toMatch(/Queries completed:\s+9000 \(100\.00%\)/);
    expect(stdout).toMatch(/NOERROR 6000 \(66\.67%\), NXDOMAIN 3000 \(33\.33%\)/);
  });
});

describe('a connection', () => {
  it('may send several queries at once and in pieces, and is closed on nonsense', async () => {
    const port = server.ports[0] ?? 0;
    const frame = Buffer.from('000d', 'hex');
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write(Buffer.concat([frame, Buffer.alloc(13, 0xff)]));
    await closed;
    const body = Buffer.concat([
      Buffer.from('beef01000001000000000000', 'hex'),
      encodeName('api.nautilus.trading') ?? expect.fail(),
      Buffer.from('00010001', 'hex'),
    ]);
    const framed = Buffer.concat([Buffer.from([0, body.length]), body]);
    const second = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    const both = new Promise<void>((resolve) => {
      second.on('data', (part) => {
        received.push(part);
        if (Buffer.concat(received).length >= 2 * (2 + body.length + 16)) resolve();
      });
    });
    second.write(framed.subarray(0, 5));
    second.write(Buffer.concat([framed.subarray(5), framed]));
    await both;
    second.destroy();
    expect(Buffer.concat(received).filter((byte) => byte === 0xef).length).toBeGreaterThanOrEqual(2);
  });
});
