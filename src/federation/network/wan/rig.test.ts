/** The rig on real sockets and processes: delays that are never short, partitions each way, connections that wait and go on. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '#kit/clock.ts';
import type { NetworkSite } from '../service.ts';
import { DelayLine } from './delay-line.ts';
import { TcpLink, type LinkTerms } from './links.ts';
import { WanRig } from './rig.ts';

const site = (name: string, longitude: number): NetworkSite => ({
  name,
  provider: name,
  region: name,
  failureDomain: name,
  jurisdiction: 'us',
  trades: true,
  latitude: 0,
  longitude,
});

describe('a delay line', () => {
  it('hands on in order of time, and keeps the order of equals', async () => {
    const line = new DelayLine(() => performance.now());
    const seen: string[] = [];
    const started = performance.now();
    await new Promise<void>((resolve) => {
      line.after(20, () => seen.push('late'));
      line.after(5, () => seen.push('first'));
      line.after(5, () => seen.push('second'));
      line.after(21, resolve);
    });
    expect(seen).toEqual(['first', 'second', 'late']);
    expect(performance.now() - started).toBeGreaterThanOrEqual(21);
  });
});

describe('a TCP link', () => {
  it('delivers every byte in order after the delay, holds them at a cut, and goes on when healed', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const line = new DelayLine(() => performance.now());
    const terms: LinkTerms = { delayMs: 10, lossShare: 0, cutThere: false, cutBack: false };
    const link = new TcpLink(line, terms, port);
    const socket = connect(await link.open(), '127.0.0.1');
    let received = '';
    socket.on('data', (part) => (received += part.toString()));
    const started = performance.now();
    socket.write('one ');
    await expect.poll(() => received).toBe('one ');
    expect(performance.now() - started).toBeGreaterThanOrEqual(30);
    terms.cutThere = true;
    socket.write('two ');
    socket.write('three ');
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    expect(received).toBe('one ');
    terms.cutThere = false;
    link.healed();
    await expect.poll(() => received).toBe('one two three ');
    socket.destroy();
    link.close();
    line.stop();
    echo.close();
  });
});

describe('a rig of three sites', () => {
  it('is measured by its sites at what light needs and more, and its partitions are seen by both sides', async () => {
    const sites = [site('west', 0), site('middle', 10), site('east', 40)];
    const rig = new WanRig({ sites, stretch: 1.3, lossShare: 0, seed: 1, clock: createSystemClock() });
    try {
      await rig.start();
      const link = (from: string, to: string) =>
        rig.network.matrix().find((known) => known.from === from && known.to === to);
      await expect
        .poll(() => rig.network.matrix().every(({ figures }) => (figures?.samples ?? 0) >= 5), { timeout: 30_000 })
        .toBe(true);
      for (const { figures, floorMicros, quality } of rig.network.matrix()) {
        expect(figures?.p50Micros).toBeGreaterThanOrEqual(floorMicros * 1.3);
        expect(['wrong', 'lost']).not.toContain(quality);
      }
      expect(rig.partition('west', 'east', false)).toBe(true);
      expect(rig.cuts).toEqual(['west east']);
      await expect.poll(() => link('west', 'east')?.figures?.lossShare, { timeout: 30_000 }).toBeGreaterThan(0);
      await expect.poll(() => link('east', 'west')?.figures?.lossShare, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(link('west', 'middle')?.figures?.lossShare).toBe(0);
      rig.heal();
      expect(rig.cuts).toEqual([]);
      expect(rig.partition('west', 'nowhere', true)).toBe(false);
    } finally {
      rig.stop();
    }
  });
});
