/**
 * How fast and how often wrongly the failure detection speaks: the real observers and detector on virtual time, over
 * modelled links between the sites of config/topology.yaml. Figures of a model, not of a network.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { DetectionSimulation } from '#federation/detection/testing.ts';
import { regionOf, sitesOf, topologySchema } from '#federation/topology/model.ts';
import { say } from './report.ts';

const SECOND = 1_000_000;
const ROUNDS = 1000;
const WARM_UP_SECONDS = 20;
const QUIET_DAYS = 1;
const DAY_SECONDS = 86_400;
const LOSS_SHARE = 0.001;
const JITTER_MICROS = 3000;
const FILE = path.resolve(import.meta.dirname, '../config/topology.yaml');

export async function run(): Promise<object> {
  const topology = topologySchema.parse(parse(readFileSync(FILE, 'utf8')));
  const sites = sitesOf(topology).map((site) => ({ ...site, region: regionOf(site) }));
  const { detection, shards } = topology;
  say(`model: ${LOSS_SHARE} of packets lost, exponential jitter of ${JITTER_MICROS} µs, delays from distances`);
  const simulate = (seed: number, shard: number): DetectionSimulation => {
    const { primary, standby } = shards[shard % shards.length];
    const at = (name: string | undefined) => sites.filter((site) => site.name === name);
    return new DetectionSimulation({
      seed,
      observers: sites.filter(({ name }) => detection.observers.includes(name)),
      targets: at(primary).map((site) => ({ ...site, name: 'target' })),
      detectorAt: at(standby).map((site) => ({ ...site, name: 'detector' }))[0],
      regionsMin: detection.regionsMin,
      providersMin: detection.providersMin,
      lossShare: LOSS_SHARE,
      jitterMicros: JITTER_MICROS,
    });
  };
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) times.push(timeToDetect(simulate(round, round), round));
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1] / 1000;
  say(`detection: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, ${ROUNDS} deaths of the three primaries`);

  const quiet = simulate(ROUNDS + 1, 0);
  let alarms = 0;
  quiet.onChange = (_target, suspected) => {
    if (suspected) alarms++;
  };
  quiet.run(QUIET_DAYS * DAY_SECONDS * SECOND);
  const linkWeeks = (QUIET_DAYS * detection.observers.length) / 7;
  say(`quiet: ${alarms} false alarms in ${QUIET_DAYS} simulated days, ${linkWeeks.toFixed(1)} weeks of links`);
  return {
    modelled: true,
    rounds: ROUNDS,
    detectMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    quiet: { simulatedDays: QUIET_DAYS, linkWeeks, falseAlarms: alarms },
  };
}

/** Microseconds from a death at a moment of its own within the beat to the quorum. */
function timeToDetect(simulation: DetectionSimulation, round: number): number {
  simulation.run(WARM_UP_SECONDS * SECOND + round * 997);
  const killed = simulation.nowMicros;
  let detected = Number.POSITIVE_INFINITY;
  simulation.onChange = (_target, suspected, now) => {
    if (suspected) detected = Math.min(detected, now - killed);
  };
  simulation.kill('target');
  simulation.run(5 * SECOND);
  return detected;
}
