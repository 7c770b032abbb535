/**
 * The record of changes of a shard's leader, with their steps: how long was nobody there, and what was lost. A row is
 * written when a change is announced and again with each of its states; it is never removed.
 */
import type { Selectable } from 'kysely';
import type { FailoversTable } from './failover-tables.ts';
import type { Store } from './open.ts';

/** A change as it is kept; `body` is whatever its owner gave, as JSON. */
export interface KeptFailover {
  readonly failoverId: string;
  readonly shard: string;
  readonly kind: string;
  readonly state: string;
  readonly requestedMicros: number;
  readonly endedMicros: number | null;
  readonly outageMicros: number | null;
  readonly commandsLost: number | null;
  readonly body: unknown;
}

/** Writes the present state of a change. */
export async function keepFailover(store: Store, failover: KeptFailover): Promise<void> {
  const row = {
    failover_id: failover.failoverId,
    shard: failover.shard,
    kind: failover.kind,
    state: failover.state,
    requested_micros: failover.requestedMicros,
    ended_micros: failover.endedMicros,
    outage_micros: failover.outageMicros === null ? null : Math.round(failover.outageMicros),
    commands_lost: failover.commandsLost,
    body: JSON.stringify(failover.body),
  };
  const { failover_id: _id, ...changed } = row;
  await store.db
    .insertInto('failovers')
    .values(row)
    .onConflict((conflict) => conflict.column('failover_id').doUpdateSet(changed))
    .execute();
}

/** The newest changes, newest first. */
export async function listFailovers(store: Store, limit: number): Promise<KeptFailover[]> {
  const rows = await store.db
    .selectFrom('failovers')
    .selectAll()
    .orderBy('requested_micros', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toFailover);
}

export async function findFailover(store: Store, failoverId: string): Promise<KeptFailover | undefined> {
  const row = await store.db
    .selectFrom('failovers')
    .selectAll()
    .where('failover_id', '=', failoverId)
    .executeTakeFirst();
  return row === undefined ? undefined : toFailover(row);
}

function toFailover(row: Selectable<FailoversTable>): KeptFailover {
  return {
    failoverId: row.failover_id,
    shard: row.shard,
    kind: row.kind,
    state: row.state,
    requestedMicros: row.requested_micros,
    endedMicros: row.ended_micros,
    outageMicros: row.outage_micros,
    commandsLost: row.commands_lost,
    body: JSON.parse(row.body) as unknown,
  };
}
