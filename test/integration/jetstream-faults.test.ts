/**
 * The proof: what clients were told is replicated is in the journal whatever fails, at its place, of the epoch that said
 * so. `NAUTILUS_FAULT_ROUNDS=200 npx vitest run --project integration jetstream-faults` plays a long schedule, and
 * NAUTILUS_FAULT_SEED another one.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { NATS_MISSING, findNatsServer, needPeer } from '../peers.ts';
import { FAULT_NAMES, Shard, strike } from './jetstream-faults.ts';

const ROUNDS = Number(process.env['NAUTILUS_FAULT_ROUNDS'] ?? FAULT_NAMES.length);
const SEED = Number(process.env['NAUTILUS_FAULT_SEED'] ?? 1);
const ROUND_MS_MAX = 90_000;

describe('a shard whose servers and members fail', () => {
  it(
    'keeps every acknowledged entry, once, under the epoch that acknowledged it',
    async (context) => {
      const { executablePath } = needPeer(context, findNatsServer('any'), NATS_MISSING.any);
      const rng = new Rng(SEED);
      const shard = await Shard.start(executablePath);
      let standstill: unknown;
      try {
        let leader = await shard.lead();
        for (let round = 0; round < ROUNDS && standstill === undefined; round++) {
          const name = ROUNDS <= FAULT_NAMES.length ? FAULT_NAMES[round] : FAULT_NAMES[rng.int(FAULT_NAMES.length)];
          const started = performance.now();
          try {
            leader = await strike(name, shard, leader, rng);
          } catch (error) {
            // Nothing may be lost where nothing goes on either: the ledgers are compared all the same.
            standstill = new Error(`${name} (round ${round + 1})`, { cause: error });
          }
          await context.annotate(`${round + 1}: ${name}: ${Math.round(performance.now() - started)} ms`);
        }
        shard.cluster.heal();
        const verdict = await shard.verify();
        await context.annotate(`${verdict.acked} acknowledgements of ${verdict.epochs} epochs verified`);
        expect(verdict).toMatchObject({ lost: 0, dualCommits: 0 });
        expect(verdict.acked).toBeGreaterThan(1000);
        expect(standstill).toBeUndefined();
      } finally {
        await shard.stop();
      }
    },
    ROUNDS * ROUND_MS_MAX,
  );
});
