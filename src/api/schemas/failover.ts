/** Changes of a shard's leader: readiness, dry runs, what happened and what it cost. Only data shapes. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const micros = z.number().nonnegative().describe('Microseconds');
const count = z.int().nonnegative();
const member = z.string().min(1).max(64).describe('A member of the shard');

const safetyCheckSchema = z.object({
  name: z.string(),
  holds: z.boolean(),
  canBeForced: z.boolean().describe('Whether two people together may go past it'),
  detail: z.string(),
});

export const readinessSchema = z.object({
  shard: z.string(),
  isReady: z.boolean().describe('Whether a takeover would work now'),
  auditedMicros: timeMicrosSchema,
  leader: member.nullable(),
  epoch: count,
  candidate: member.nullable().describe('Who would take over'),
  checks: z.array(safetyCheckSchema),
});
export type FailoverReadiness = z.infer<typeof readinessSchema>;

export const readinessAnswerSchema = z.object({ now: readinessSchema, lastAudit: readinessSchema });

export const leadershipSchema = z.object({
  shard: z.string(),
  leader: member.nullable(),
  epoch: count,
  members: z.array(
    z.object({
      member,
      role: z.enum(['standby', 'leader', 'refusing', 'leaving']),
      epoch: count,
      lastSequence: count,
      lagCommands: count.describe('Commands behind the leader, by what both said last'),
      heardMicros: timeMicrosSchema,
      clockOffsetMicros: z.number().describe('Its clock minus this one’s when it was heard'),
      version: z.string(),
      address: z.string(),
    }),
  ),
  current: z.string().nullable().describe('Id of the change that is going on'),
});
export type Leadership = z.infer<typeof leadershipSchema>;

export const failoverSchema = z.object({
  failoverId: z.string(),
  shard: z.string(),
  kind: z.enum(['takeover', 'switchover', 'failback']),
  state: z.enum(['announced', 'draining', 'promoting', 'done', 'failed', 'aborted']),
  by: z.array(z.string()),
  reason: z.string(),
  isForced: z.boolean(),
  from: member.nullable(),
  to: member,
  beganMicros: timeMicrosSchema.describe('Last sign of the old leader, or when it was asked for'),
  requestedMicros: timeMicrosSchema,
  endedMicros: timeMicrosSchema.nullable(),
  outageMicros: micros.nullable().describe('Recovery time: until the new leader took orders'),
  epochBefore: count,
  epochAfter: count.nullable(),
  sequence: count.nullable().describe('Where the old epoch ended'),
  commandsLost: count.nullable().describe('Recovery point: commands the old leader had and the new one has not'),
  steps: z.array(
    z.object({
      name: z.enum(['suspect', 'drain', 'append-epoch', 'verify-tail', 'accept-clients', 'steer']),
      tookMicros: micros,
      detail: z.string(),
    }),
  ),
  failure: z.string().nullable(),
});
export type FailoverRecord = z.infer<typeof failoverSchema>;

export const failoverListSchema = z.object({ failovers: z.array(failoverSchema) });

export const dryRunSchema = z.object({
  shard: z.string(),
  kind: z.enum(['switchover', 'takeover']),
  from: member.nullable(),
  to: member,
  needs: z.enum(['one', 'two', 'nobody']).describe('People it takes; `nobody`: it cannot be done as things stand'),
  checks: z.array(safetyCheckSchema),
  liveOrders: count.describe('Orders that move to the new leader'),
  lagCommands: count,
  expectedGapMicros: micros.nullable().describe('Median of earlier changes of this kind; null without any'),
  expectedLoss: z.object({ journaled: count, durable: count }).describe('Acknowledged commands at risk, by ack level'),
});
export type FailoverDryRun = z.infer<typeof dryRunSchema>;

export const failoverWishSchema = z.strictObject({ to: member, reason: z.string().min(3).max(200) });
export const failbackWishSchema = z.strictObject({ reason: z.string().min(3).max(200) });
export const failoverReceiptSchema = z.object({ failover: failoverSchema, auditId: z.string() });
export const abortReceiptSchema = z.object({ failoverId: z.string(), auditId: z.string() });

const quantilesSchema = z.object({ p50: micros, p99: micros, max: micros }).nullable();
export const failoverRecordsSchema = z.object({
  changes: count.describe('Changes looked at: the newest 200'),
  failed: count,
  outageMicros: z.object({ takeover: quantilesSchema, switchover: quantilesSchema, failback: quantilesSchema }),
  commandsLost: count,
});
export type FailoverRecords = z.infer<typeof failoverRecordsSchema>;
