/**
 * The detection as a whole on virtual time: real observers and a real detector over modelled links between the sites of
 * the default topology.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { regionOf, sitesOf, topologySchema } from '../topology/model.ts';
import { DetectionSimulation, type SimulatedSite } from './testing.ts';

const SECOND = 1_000_000;
const FILE = path.resolve(import.meta.dirname, '../../../config/topology.yaml');
const topology = topologySchema.parse(parse(readFileSync(FILE, 'utf8')));
const sites = new Map(sitesOf(topology).map((site) => [site.name, { ...site, region: regionOf(site) }]));
const site = (name: string): SimulatedSite => sites.get(name) ?? expect.fail(name);
const OBSERVERS = topology.detection.observers.map(site);
const TARGET = { ...site('nautilus-primary-us-east'), name: 'us-primary' };
const STANDBY = site('nautilus-dr-us-west');

function simulate(seed: number, terms: { lossShare?: number; jitterMicros?: number } = {}): DetectionSimulation {
  return new DetectionSimulation({
    seed,
    observers: OBSERVERS,
    targets: [TARGET],
    detectorAt: { ...STANDBY, name: 'standby' },
    regionsMin: topology.detection.regionsMin,
    providersMin: topology.detection.providersMin,
    lossShare: 0.0005,
    jitterMicros: 1500,
    ...terms,
  });
}

/** Microseconds from the death of the target to the quorum. */
function timeToDetect(seed: number): number {
  const simulation = simulate(seed);
  simulation.run(20 * SECOND + (seed % 997) * 1003);
  const killed = simulation.nowMicros;
  let detected = Number.POSITIVE_INFINITY;
  simulation.onChange = (_target, suspected, now) => {
    if (suspected) detected = Math.min(detected, now - killed);
  };
  expect(simulation.isSuspected('us-primary')).toBe(false);
  simulation.kill('us-primary');
  simulation.run(5 * SECOND);
  return detected;
}

describe('the detection of a target that died', () => {
  it('takes at most a second and a half in 99 of 100 cases, with probes every 250 ms', () => {
    const times = Array.from({ length: 200 }, (_, seed) => timeToDetect(seed + 1)).toSorted((a, b) => a - b);
    const [p50, p99] = [times[99], times[197]];
    process.stdout.write(`detection, modelled: p50 ${Math.round(p50 / 1000)} ms, p99 ${Math.round(p99 / 1000)} ms\n`);
    expect(p50).toBeLessThanOrEqual(1.2 * SECOND);
    expect(p99).toBeLessThanOrEqual(1.5 * SECOND);
  });
});

describe('the detection while nothing fails', () => {
  it('raises no false alarm in a simulated hour of lost and late packets', () => {
    const simulation = simulate(4, { lossShare: 0.002, jitterMicros: 8000 });
    let alarms = 0;
    simulation.onChange = () => alarms++;
    simulation.run(3600 * SECOND);
    expect(alarms).toBe(0);
    for (const { vote } of simulation.detector.votes()) expect(vote.targets[0]).toMatchObject({ verdict: 'up' });
    expect(simulation.detector.votes()).toHaveLength(OBSERVERS.length);
    expect(simulation.detector.state('us-primary', simulation.nowMicros)).toBe('healthy');
  });

  it('gives the target’s clock to within the asymmetry of the path', () => {
    const simulation = simulate(9);
    simulation.run(10 * SECOND);
    for (const { vote } of simulation.detector.votes()) {
      const [seen] = vote.targets;
      expect(Math.abs(seen?.clockOffsetMicros ?? Infinity)).toBeLessThan((seen?.roundTripMicros ?? 0) / 2);
    }
  });
});

describe('a partition', () => {
  it('that hides the target from a minority starts nothing, in either direction', () => {
    for (const isOneWay of [true, false]) {
      const simulation = simulate(11);
      simulation.run(20 * SECOND);
      for (const { name } of OBSERVERS.slice(0, 6)) {
        simulation.block('us-primary', name);
        if (!isOneWay) simulation.block(name, 'us-primary');
      }
      simulation.run(60 * SECOND);
      expect(simulation.isSuspected('us-primary')).toBe(false);
      const { tally } = simulation.detector.suspicion('us-primary', simulation.nowMicros);
      expect(tally).toMatchObject({ suspected: false, suspecting: { length: 6 } });
      expect(tally.reason).toContain('no quorum: weight 6.00 of more than 6');
    }
  });

  it('that hides it from most observers is a quorum, also when its answers alone are lost', () => {
    const simulation = simulate(12);
    simulation.run(20 * SECOND);
    for (const { name } of OBSERVERS.slice(0, 9)) simulation.block('us-primary', name);
    simulation.run(3 * SECOND);
    expect(simulation.isSuspected('us-primary')).toBe(true);
  });

  it('between the observers and whoever counts is no evidence against the target', () => {
    const simulation = simulate(13);
    simulation.run(20 * SECOND);
    for (const { name } of OBSERVERS) simulation.block(name, 'standby');
    simulation.run(60 * SECOND);
    const { tally, suspected } = simulation.detector.suspicion('us-primary', simulation.nowMicros);
    expect(suspected).toBe(false);
    expect(tally.silent).toHaveLength(OBSERVERS.length);
  });

  it('of one provider alone is not believed to be a failure of the target', () => {
    const simulation = simulate(14);
    simulation.run(20 * SECOND);
    for (const { name, provider } of OBSERVERS) if (provider === 'azure') simulation.block('us-primary', name);
    simulation.run(30 * SECOND);
    expect(simulation.isSuspected('us-primary')).toBe(false);
  });
});

describe('observers that are unwell', () => {
  it('do not blame the target for their own sleep, and count for less afterwards', () => {
    const simulation = simulate(21);
    simulation.run(20 * SECOND);
    let alarms = 0;
    simulation.onChange = () => alarms++;
    for (const { name } of OBSERVERS) simulation.sleep(name, 8 * SECOND);
    simulation.run(8 * SECOND + SECOND / 2);
    expect(alarms).toBe(0);
    const weights = simulation.detector.votes().map(({ vote }) => vote.weight);
    expect(Math.max(...weights)).toBeLessThan(0.5);
    simulation.run(10 * SECOND);
    expect(alarms).toBe(0);
    for (const { vote } of simulation.detector.votes()) expect(vote).toMatchObject({ score: 0, weight: 1 });
  });

  it('that stand still are silent: they neither suspect nor trust', () => {
    const simulation = simulate(22);
    simulation.run(20 * SECOND);
    const stopped = OBSERVERS[3]?.name ?? '';
    simulation.sleep(stopped, 3600 * SECOND);
    simulation.run(10 * SECOND);
    expect(simulation.detector.suspicion('us-primary', simulation.nowMicros).tally.silent).toEqual([stopped]);
    simulation.kill('us-primary');
    simulation.run(2 * SECOND);
    expect(simulation.isSuspected('us-primary')).toBe(true);
  });

  it('that reach none of many targets lose their weight instead of condemning them all', () => {
    const targets = ['a', 'b', 'c', 'd'].map((name) => ({ ...TARGET, name }));
    const simulation = new DetectionSimulation({
      seed: 23,
      observers: OBSERVERS,
      targets,
      detectorAt: { ...STANDBY, name: 'standby' },
      regionsMin: 3,
      providersMin: 2,
      lossShare: 0,
      jitterMicros: 1000,
    });
    simulation.run(20 * SECOND);
    const cutOff = OBSERVERS.slice(0, 7).map(({ name }) => name);
    for (const name of cutOff) for (const target of targets) simulation.block(target.name, name);
    let alarms = 0;
    simulation.onChange = () => alarms++;
    simulation.run(20 * SECOND);
    const weights = new Map(simulation.detector.votes().map(({ vote }) => [vote.observer, vote.weight]));
    for (const { name } of OBSERVERS) expect(weights.get(name)).toBe(cutOff.includes(name) ? 1 / 9 : 1);
    expect(simulation.isSuspected('a')).toBe(false);
    // The moment before they know that it is themselves is the only one in which they are believed.
    expect(alarms).toBeLessThanOrEqual(2 * targets.length);
  });
});

describe('a target that flaps', () => {
  it('is suspected once and stays so, until it has been well for a while', () => {
    const simulation = simulate(31);
    simulation.run(20 * SECOND);
    const changes: boolean[] = [];
    simulation.onChange = (_target, suspected) => changes.push(suspected);
    for (let cycle = 0; cycle < 20; cycle++) {
      simulation.kill('us-primary');
      simulation.run(2 * SECOND);
      simulation.revive('us-primary');
      simulation.run(2 * SECOND);
    }
    expect(changes).toEqual([true]);
    simulation.run(10 * SECOND);
    expect(changes).toEqual([true, false]);
    const flapping = simulation.detector.votes().flatMap(({ vote }) => vote.targets.map((seen) => seen.flapping));
    expect(flapping.filter(Boolean).length).toBeGreaterThan(OBSERVERS.length / 2);
  });
});
