/** What was found out by a check or a suite. Names only what was really run. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Names of what failed, for the list at the end. */
  readonly failures: readonly string[];
  /** One line for each skipped test: its name and the reason. */
  readonly skipped: readonly string[];
}

/** The tally of nothing. */
export function emptyTally(): Tally {
  return { passed: 0, failed: 0, failures: [], skipped: [] };
}

/** Both together, `first` first. */
export function addTally(first: Tally, second: Tally): Tally {
  return {
    passed: first.passed + second.passed,
    failed: first.failed + second.failed,
    failures: [...first.failures, ...second.failures],
    skipped: [...first.skipped, ...second.skipped],
  };
}
