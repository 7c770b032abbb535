/** What words of the command line may be: each reads one, or says what it should have been. */
import { InvalidArgumentError } from 'commander';
import { ROLE_NAMES } from '#api/permissions.ts';

const ACCOUNT_MAX = 1_048_575;
const ACCOUNTS_MAX = 1024;

/** Roles that can be handed out. */
export const ROLES_ALLOWED: readonly string[] = ROLE_NAMES;

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Reads account numbers with commas, or `all`. */
export function accountScope(text: string): 'all' | number[] {
  if (text === 'all') return 'all';
  const read = wholeNumber(0, ACCOUNT_MAX);
  const accounts = text.split(',').map(read);
  if (accounts.length > ACCOUNTS_MAX) throw new InvalidArgumentError(`At most ${ACCOUNTS_MAX} accounts.`);
  return accounts;
}
