/**
 * What tests and benchmarks of the audit log share: a signer in this process, entries to write, a folder that goes away.
 * Never used by the program.
 */
import type { Clock } from '#kit/clock.ts';
import { canonicalBytes } from './canonical.ts';
import type { CheckpointSigner } from './signer-client.ts';
import { AuditSigner } from './signer.ts';

/** A signer without a process of its own. */
export function localSigner(folder: string, origin: string, clock: Clock): CheckpointSigner {
  const signer = new AuditSigner(folder, origin, clock);
  return { ask: async (request) => signer.answer(request) };
}

/** An entry as large as those of acts are. */
export function sampleEntry(number: number): Buffer {
  return canonicalBytes({
    v: 1,
    type: 'act',
    kind: 'api-call',
    timeMicros: 1_800_000_000_000_000 + number,
    id: `act_01k2v7wq3m${String(number).padStart(13, '0')}`,
    act: 'session.create',
    outcome: 'done',
    region: 'eu',
    commitment: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  });
}
