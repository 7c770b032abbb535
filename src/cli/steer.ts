/** `nautilus steer`: where clients are sent and why, the targets, and the policy for a cloud's DNS. Only reads. */
import { stringify } from 'yaml';
import type { SteeringExplanation, SteeringStatus, SteeringTargetList } from '#api/schemas/steering.ts';
import { table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const MILLISECOND_MICROS = 1000;

/** Why a client is sent where it is sent. */
export async function steerExplain(address: PlatformAddress, client: string): Promise<Result> {
  const query = `client=${encodeURIComponent(client)}`;
  const answer = await withApi(address, async (ask) =>
    ask<SteeringExplanation>(`/federation/steering/explain?${query}`),
  );
  const place = answer.country === null ? 'not in the table of locations' : `${answer.country} (${answer.region})`;
  const why = answer.decidedBy === 'session' ? 'it was sent there before' : `strategy ${answer.decidedBy}`;
  const lines = [
    `${answer.client} (network ${answer.network}) is ${place}`,
    `route ${answer.route}, ${answer.stage}: ${answer.target ?? 'nowhere'} ${[...answer.ipv4, ...answer.ipv6].join(' ')} by ${why}`,
    `kept for ${answer.ttlSeconds} s: ${answer.ttlBecause}`,
    ...(answer.givenUp === null ? [] : [`round "${answer.round}": ${answer.givenUp}`]),
    '',
    ...table(
      ['target', 'stage', 'state', 'load', 'round trip', 'ceiling', 'because'],
      answer.candidates.map((candidate) => [
        `${candidate.chosen ? '* ' : '  '}${candidate.target}`,
        candidate.stage,
        candidate.state,
        candidate.load === null ? '-' : `${Math.round(candidate.load * 100)} %`,
        candidate.roundTripMicros === null ? '-' : `${millis(candidate.roundTripMicros)} ${candidate.roundTripSource}`,
        millis(candidate.ceilingMicros),
        candidate.because,
      ]),
    ),
  ];
  return { json: answer, lines };
}

/** Every target and how it is. */
export async function steerTargets(address: PlatformAddress): Promise<Result> {
  const { targets } = await withApi(address, async (ask) => ask<SteeringTargetList>('/federation/steering/targets'));
  const lines = table(
    ['target', 'provider', 'region', 'state', 'sessions', 'capacity', 'weight', 'source'],
    targets.map((target) => [
      target.id,
      target.provider,
      target.region,
      target.drained ? `${target.state}, drained` : target.state,
      target.sessions === null ? '-' : String(target.sessions),
      String(target.capacitySessions),
      String(target.weight),
      target.stateSource,
    ]),
  );
  return { json: { targets }, lines };
}

/** The name server: where it listens, what it answered. */
export async function steerStatus(address: PlatformAddress): Promise<Result> {
  const status = await withApi(address, async (ask) => ask<SteeringStatus>('/federation/steering/status'));
  const counts = Object.entries(status.answers).filter(([, count]) => count > 0);
  const lines = [
    `zone ${status.zone}, steered ${status.steered.join(', ')}`,
    status.problem ??
      (status.listen.length === 0 ? 'listens nowhere' : `listens on ${status.listen.join(', ')} (UDP and TCP)`),
    `locations: ${status.locationRanges} ranges, built ${new Date(status.locationBuiltMicros / MILLISECOND_MICROS).toISOString().slice(0, 10)}`,
    `answers: ${counts.length === 0 ? 'none yet' : counts.map(([what, count]) => `${count} ${what}`).join(', ')}`,
  ];
  return { json: status, lines };
}

/** An ExternalDNS resource as YAML. */
export async function steerExport(address: PlatformAddress, provider: string): Promise<Result> {
  const resource = await withApi(address, async (ask) =>
    ask<object>(`/federation/steering/export?provider=${provider}`),
  );
  return { json: resource, lines: stringify(resource, { aliasDuplicateObjects: false }).trimEnd().split('\n') };
}

function millis(micros: number): string {
  return `${(micros / MILLISECOND_MICROS).toFixed(1)} ms`;
}
