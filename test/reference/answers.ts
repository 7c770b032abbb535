/** Answers to commands that are not about one order. */
import type { Asker } from './lifecycle.ts';
import type { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** Says that a command was carried out, or refused where there is a refusal. */
export function answer(
  world: World,
  commandKind: number,
  asker: Asker,
  subject: number,
  count: number,
  refusal?: Refusal,
): void {
  const { session, clientSequence } = asker;
  if (refusal === undefined)
    world.events.push({ kind: 'accepted', commandKind, session, clientSequence, subject, count });
  else world.events.push({ kind: 'refused', commandKind, session, clientSequence, subject, ...refusal });
}
