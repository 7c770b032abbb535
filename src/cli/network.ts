/** `nautilus network` and `nautilus host`: what was measured between sites, the best ways, and what this machine is set up for. */
import type { z } from 'zod';
import type { NetworkMatrix, networkPathListSchema, placementAdviceSchema } from '#api/schemas/network.ts';
import { checkHost } from '#federation/hosts/check.ts';
import { thisMachine } from '#federation/hosts/machine.ts';
import type { HostTier } from '#federation/hosts/techniques.ts';
import { table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const MILLISECOND_MICROS = 1000;

/** Every measured link; without any, the floors that light sets. */
export async function networkMatrix(address: PlatformAddress): Promise<Result> {
  const matrix = await withApi(address, async (ask) => ask<NetworkMatrix>('/federation/network/matrix'));
  const measured = matrix.links.filter(({ figures }) => figures !== null);
  const shown = measured.length > 0 ? measured : matrix.links;
  const note =
    measured.length > 0 ? [] : ['No site has reported in the last minute: only what light needs is known.', ''];
  const lines = table(
    ['from', 'to', 'p50', 'p99', 'jitter', 'loss', 'floor', 'quality', 'because'],
    shown.map(({ from, to, figures, floorMicros, quality, because }) => [
      from,
      to,
      millis(figures?.p50Micros),
      millis(figures?.p99Micros),
      millis(figures?.jitterMicros),
      figures === null ? '-' : `${(figures.lossShare * 100).toFixed(1)} %`,
      millis(floorMicros),
      quality,
      because,
    ]),
  );
  return { json: matrix, lines: [...note, ...lines] };
}

/** The best way between every two sites where it is better than the direct one, or all of them. */
export async function networkPaths(address: PlatformAddress, basis: string, all: boolean): Promise<Result> {
  const answer = await withApi(address, async (ask) =>
    ask<z.output<typeof networkPathListSchema>>(`/federation/network/paths?basis=${basis}`),
  );
  const shown = answer.paths.filter(
    ({ best, savesMicros }) => all || (best !== null && best.sites.length > 2 && savesMicros > 0),
  );
  const lines =
    shown.length === 0
      ? ['No relay is better than the direct way.']
      : table(
          ['from', 'to', 'direct', 'best', 'saves', 'through'],
          shown.map(({ from, to, directMicros, best, savesMicros }) => [
            from,
            to,
            millis(directMicros),
            millis(best?.roundTripMicros),
            millis(savesMicros),
            best === null ? 'no way' : best.sites.slice(1, -1).join(', ') || 'direct',
          ]),
        );
  return { json: answer, lines };
}

/** Where a primary's standby and witness belong. */
export async function networkPlacement(
  address: PlatformAddress,
  primary: string,
  leader: string,
  basis: string,
): Promise<Result> {
  const query = `primary=${encodeURIComponent(primary)}&leader=${leader}&basis=${basis}`;
  const advice = await withApi(address, async (ask) =>
    ask<z.output<typeof placementAdviceSchema>>(`/federation/network/placement?${query}`),
  );
  const lines =
    advice.choices.length === 0
      ? ['No choice keeps three providers, three regions and three failure domains over links that are known.']
      : table(
          ['standby', 'witness', 'stream leader', 'completed by', 'replicated ack'],
          advice.choices.map((choice) => [
            choice.standby,
            choice.witness,
            choice.streamLeader,
            choice.nearestFollower,
            `${millis(choice.ackMicros)}${basis === 'floor' ? ' at least' : ''}`,
          ]),
        );
  return { json: advice, lines };
}

/** Which techniques are in force on this machine. */
export async function hostCheck(tier: HostTier): Promise<Result> {
  const report = checkHost(tier, thisMachine);
  const lines = table(
    ['technique', 'verdict', 'evidence'],
    report.findings.flatMap(({ technique, verdict, evidence }) =>
      evidence.map((line, at) => (at === 0 ? [technique, verdict, line] : ['', '', line])),
    ),
  );
  return { json: report, lines };
}

function millis(micros: number | null | undefined): string {
  return micros === null || micros === undefined ? '-' : `${(micros / MILLISECOND_MICROS).toFixed(1)} ms`;
}
