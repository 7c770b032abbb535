/** What a member says of itself with each heartbeat, and how it is read. Only data shapes and their check. */
import { z } from 'zod';
import { err, ok, type Result } from '#kit/result.ts';
import { refusal, type Refusal, type Roster, type SignedEntry } from './signed.ts';

const CAPABILITIES = ['trading', 'standby', 'observer', 'platform', 'witness'] as const;

const SHARDS_MAX = 100;
const count = z.int().nonnegative();

const heartbeatSchema = z.strictObject({
  cluster: z.string().min(1).max(64),
  /** Of the software. */
  version: z.string().min(1).max(64),
  capabilities: z.array(z.enum(CAPABILITIES)).max(CAPABILITIES.length),
  capacity: z.strictObject({ liveOrders: count, sessions: count }),
  /** Where it answers order entry, host:port; null where it does not. */
  address: z
    .string()
    .regex(/^[^\s:]+:\d{1,5}$/)
    .nullable(),
  /** How far it has come in each shard it holds. */
  positions: z
    .array(
      z.strictObject({
        shard: z.string().min(1).max(64),
        role: z.enum(['leader', 'standby']),
        epoch: count,
        sequence: count,
      }),
    )
    .max(SHARDS_MAX),
});
export type Heartbeat = z.output<typeof heartbeatSchema>;

/** Heartbeats come this often. */
export const HEARTBEAT_INTERVAL_MICROS = 2_000_000;

/** Reads a heartbeat's body; a member may speak for its own cluster only. */
export function readHeartbeat({ member, body }: SignedEntry, roster: Roster): Result<Heartbeat, Refusal> {
  const read = heartbeatSchema.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const message = `heartbeat: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    return err(refusal('FEDERATION_ENTRY_MALFORMED', member, message));
  }
  const cluster = roster.get(member)?.cluster;
  if (read.data.cluster !== cluster) {
    const message = `says ${read.data.cluster}, the topology says ${cluster ?? 'nothing'}`;
    return err(refusal('FEDERATION_CLUSTER_WRONG', member, message));
  }
  return ok(read.data);
}
