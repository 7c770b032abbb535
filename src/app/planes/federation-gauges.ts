/** Sets the federation's gauges from its picture. Reads only; how often is its caller's affair. */
import type { federationMetrics } from '#federation/metrics.ts';
import type { FederationPicture } from '#federation/picture.ts';
import { REFUSAL_CODES } from '#federation/registry/reader.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';

type Gauges = BoundMetrics<(typeof federationMetrics)['specs']>;

const MICROS_PER_SECOND = 1_000_000;

/** Gives a function that measures now. */
export function measureFederation(picture: FederationPicture, gauges: Gauges): () => void {
  const { members, detection, findings, home, clock } = picture.parts;
  const startedMicros = clock.nowMicros();
  const counters = REFUSAL_CODES.map((code) => ({ code, counter: gauges.refused.labels({ code }) }));
  gauges.violations.set(findings.length);
  return () => {
    const now = clock.nowMicros();
    const links = picture.links().filter(({ observer, fresh }) => observer === home && fresh);
    const ages = picture.observers().map(({ heardMicros = startedMicros }) => now - heardMicros);
    gauges.voteAge.set(Math.max(0, ...ages) / MICROS_PER_SECOND);
    gauges.observerScore.set(picture.observers().find(({ site }) => site.name === home)?.vote?.score ?? 0);
    gauges.roundTrip.set(Math.max(0, ...links.map(({ roundTripMicros }) => roundTripMicros ?? 0)) / MICROS_PER_SECOND);
    gauges.phi.set(Math.max(0, ...links.map(({ phi }) => phi)));
    const offsets = links.map(({ clockOffsetMicros }) => Math.abs(clockOffsetMicros ?? 0));
    gauges.clockOffset.set(Math.max(0, ...offsets) / MICROS_PER_SECOND);
    gauges.targets.set(picture.targets().length);
    gauges.suspected.set(picture.suspicions().filter(({ suspected }) => suspected).length);
    gauges.silent.set(members.list().filter(({ presence }) => presence === 'silent').length);
    for (const { code, counter } of counters) {
      counter.add(members.refusalCount(code) + detection.refusalCount(code) - counter.value);
    }
  };
}
