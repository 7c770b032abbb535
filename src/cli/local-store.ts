/**
 * The store in a data folder, for commands of whoever may read and write that folder: they act with the rights of the
 * machine's user, and every act is written into the record. Makes no folder and no database of its own.
 */
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { createSystemClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { recordAct, type Act } from '#store/acts.ts';
import { openStore, type Store } from '#store/open.ts';
import { findUserByName, type User } from '#store/people.ts';
import { CLI_ERRORS } from './errors.ts';

function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes);
}

/** Opens the store of the folder for `work` alone. Throws CLI_NO_DATA, and what opening a store throws. */
export async function withStore<T>(dataFolder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const file = join(resolve(dataFolder), 'nautilus.db');
  if (!existsSync(file)) throw new CodedError(CLI_ERRORS.CLI_NO_DATA, resolve(dataFolder));
  const clock = createSystemClock();
  const store = await openStore(
    { kind: 'sqlite', file },
    { clock, fillRandom, ids: createIdSource(clock, fillRandom) },
  );
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Who is typing, as the record names him. */
export function operatorName(): string {
  return `${userInfo().username} (command line)`;
}

/** Writes an act of the command line into the record. */
export async function record(store: Store, act: Pick<Act, 'act' | 'target' | 'detail'>): Promise<void> {
  await recordAct(store, {
    ...act,
    userId: '',
    userName: operatorName(),
    outcome: 'done',
    requestId: store.ids('cmd'),
    address: 'local',
  });
}

/** The user of that name. Throws CLI_NOT_FOUND. */
export async function userNamed(store: Store, name: string): Promise<User> {
  const user = await findUserByName(store, name);
  if (user === undefined) throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, `user ${name}`);
  return user;
}
