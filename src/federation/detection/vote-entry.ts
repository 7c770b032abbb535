/** A vote as it lies in the registry, and how it is read: signed by a member, for the site that the member belongs to. */
import { z } from 'zod';
import { err, ok, type Result } from '#kit/result.ts';
import { refusal, type Refusal, type Roster, type SignedEntry } from '../registry/signed.ts';
import { HEALTH_STATES } from './health-state.ts';
import type { Vote } from './vote.ts';

const TARGETS_MAX = 200;
const SCORE_MAX = 8;
const time = z.int().nonnegative();

const voteSchema = z.strictObject({
  observer: z.string().min(1).max(64),
  score: z.int().min(0).max(SCORE_MAX),
  weight: z.number().min(0).max(1),
  targets: z
    .array(
      z.strictObject({
        target: z.string().min(1).max(64),
        verdict: z.enum(['up', 'suspect', 'unknown']),
        phi: z.number().min(0),
        state: z.enum(HEALTH_STATES),
        flapping: z.boolean(),
        lastGoodMicros: time.nullable(),
        roundTripMicros: z.int().nullable(),
        epoch: z.int().nonnegative().nullable(),
        clockOffsetMicros: z.int().nullable(),
        intervalMicros: time,
        deviationMicros: time,
      }),
    )
    .max(TARGETS_MAX),
});

/** Reads a vote's body; a member may vote for its own site only. */
export function readVote({ member, body }: SignedEntry, roster: Roster): Result<Vote, Refusal> {
  const read = voteSchema.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const message = `vote: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    return err(refusal('FEDERATION_ENTRY_MALFORMED', member, message));
  }
  const site = roster.get(member)?.cluster;
  if (read.data.observer === site) return ok(read.data);
  const message = `votes for ${read.data.observer}, the topology says ${site ?? 'nothing'}`;
  return err(refusal('FEDERATION_CLUSTER_WRONG', member, message));
}
