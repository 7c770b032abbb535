/** The matrix, its quality, relay paths and placement advice, from reports as probers send them; and probes on real sockets. */
import { describe, expect, it } from 'vitest';
import { createManualClock, createSystemClock } from '#kit/clock.ts';
import { greatCircleKm, leastMicros } from '#kit/geography.ts';
import { LinkWindow, type LinkFigures } from './measurement.ts';
import { openResponder, Prober } from './probe.ts';
import { judge, NetworkService, type NetworkSite } from './service.ts';

const site = (name: string, provider: string, latitude: number, longitude: number, trades = true): NetworkSite => ({
  name,
  provider,
  region: name,
  failureDomain: name,
  jurisdiction: 'us',
  trades,
  latitude,
  longitude,
});
const LONDON = { latitude: 51.51, longitude: -0.13 };
const SYDNEY = { latitude: -33.87, longitude: 151.21 };

function figures(to: string, p50Millis: number, more: Partial<LinkFigures> = {}): LinkFigures {
  const p50Micros = p50Millis * 1000;
  return {
    to,
    p50Micros,
    p99Micros: p50Micros,
    jitterMicros: 0,
    lossShare: 0,
    samples: 200,
    measuredMicros: 1,
    ...more,
  };
}

describe('physics', () => {
  it('needs about 166 ms for London to Sydney and back', () => {
    expect(greatCircleKm(LONDON, SYDNEY)).toBeCloseTo(16_994, -1);
    expect((2 * leastMicros(LONDON, SYDNEY)) / 1000).toBeCloseTo(166.5, 0);
  });

  it('flags a figure that light cannot reach', () => {
    expect(judge(figures('x', 100), 2 * leastMicros(LONDON, SYDNEY)).quality).toBe('wrong');
    expect(judge(figures('x', 250), 2 * leastMicros(LONDON, SYDNEY)).quality).toBe('good');
  });
});

describe('quality', () => {
  it.each([
    ['good', figures('x', 30)],
    ['fair', figures('x', 55)],
    ['poor', figures('x', 110)],
    ['fair', figures('x', 30, { lossShare: 0.005 })],
    ['poor', figures('x', 30, { lossShare: 0.02 })],
    ['lost', figures('x', 30, { lossShare: 0.6 })],
    ['not measured', undefined],
  ])('is %s by loss and by how far the path wanders', (quality, given) => {
    expect(judge(given, 25_000).quality).toBe(quality);
  });
});

describe('a window of probes', () => {
  it('gives median, tail, jitter and loss, and no tail from too few', () => {
    const window = new LinkWindow();
    for (let probe = 1; probe <= 99; probe++) window.add(probe % 2 === 0 ? 2000 : 1000, probe);
    expect(window.figures('x')).toMatchObject({ p50Micros: 1000, p99Micros: null, jitterMicros: 1000, lossShare: 0 });
    for (let probe = 0; probe < 101; probe++) window.add(probe === 0 ? undefined : 2000, 1000);
    expect(window.figures('x')).toMatchObject({
      p99Micros: 2000,
      samples: 200,
      lossShare: 0.005,
      measuredMicros: 1000,
    });
  });
});

describe('the service', () => {
  const sites = [site('a', 'p', 0, 0), site('b', 'q', 0, 10), site('c', 'r', 0, 20), site('w', 'r', 0, 5, false)];

  it('knows nothing until a site reports, and forgets after a minute', () => {
    const clock = createManualClock(0);
    const service = new NetworkService(sites, clock);
    expect(service.measuredLinks).toBe(0);
    expect(service.paths('measured').every(({ best }) => best === null)).toBe(true);
    service.report('a', [figures('b', 20), figures('nowhere', 1)]);
    expect(service.matrix().filter((link) => link.figures !== null)).toMatchObject([
      { from: 'a', to: 'b', quality: 'good' },
    ]);
    clock.advance(60_000_001);
    expect(service.measuredLinks).toBe(0);
  });

  it('finds a relay where the direct way is worse, counts the relay’s own cost, and never uses a wrong figure', () => {
    const service = new NetworkService(sites, createManualClock(0));
    service.report('a', [figures('b', 15), figures('c', 90), figures('w', 0.1)]);
    service.report('b', [figures('c', 16)]);
    service.report('w', [figures('c', 20)]);
    const path = service.paths('measured').find(({ from, to }) => from === 'a' && to === 'c');
    expect(path).toMatchObject({
      directMicros: 90_000,
      best: { sites: ['a', 'b', 'c'], roundTripMicros: 31_500 },
      savesMicros: 58_500,
    });
  });

  it('advises on placement from floors where nobody has measured, and says so', () => {
    const service = new NetworkService(sites, createManualClock(0));
    expect(service.placement(0, { leader: 'away' }, 'measured').choices).toEqual([]);
    const advice = service.placement(0, { leader: 'away' }, 'floor');
    expect(advice.choices[0]).toMatchObject({ standby: 'b', witness: 'w', streamLeader: 'w' });
    expect(advice.basis).toBe('floor');
  });
});

describe('a prober', () => {
  it('times real packets, and counts those without answer as lost', async () => {
    const responder = await openResponder('127.0.0.1', 0);
    const silent = await openResponder('127.0.0.1', 0);
    await silent.close();
    const prober = await Prober.open({
      targets: [
        { to: 'there', host: '127.0.0.1', port: responder.port },
        { to: 'gone', host: '127.0.0.1', port: silent.port },
      ],
      intervalMs: 5,
      timeoutMs: 1000,
      clock: createSystemClock(),
    });
    await expect.poll(() => prober.figures()[1]?.samples ?? 0, { timeout: 10_000 }).toBeGreaterThan(5);
    const [there, gone] = prober.figures();
    await prober.close();
    await responder.close();
    expect(there?.p50Micros).toBeGreaterThan(0);
    expect(gone).toMatchObject({ lossShare: 1, p50Micros: null });
  });
});
