/** Settings that people change while the platform runs, as JSON under a name. Never secrets. */
import type { Store } from './open.ts';

/** The value stored under a name, or undefined. */
export async function readSetting(store: Store, name: string): Promise<unknown> {
  const row = await store.db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row && (JSON.parse(row.value) as unknown);
}

/** Stores a JSON value under a name, in place of an earlier one. */
export async function writeSetting(store: Store, name: string, value: unknown, updatedBy: string): Promise<void> {
  const row = { value: JSON.stringify(value), updated_micros: store.clock.nowMicros(), updated_by: updatedBy };
  await store.db
    .insertInto('settings')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}
