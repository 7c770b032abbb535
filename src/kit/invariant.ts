/**
 * Assertions for bugs. A violated invariant ends what the process was doing: corrupt data is worse than none.
 * Never used for bad input or expected refusals; those are a Result or a coded error.
 */
export type InvariantDetail = string | number | Readonly<Record<string, unknown>>;

/** A bug found at run time. Never caught to carry on, only to report and stop. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly code: string;
  readonly detail: InvariantDetail | undefined;

  constructor(code: string, detail?: InvariantDetail) {
    super(detail === undefined ? code : `${code}: ${describe(detail)}`);
    this.code = code;
    this.detail = detail;
  }
}

/**
 * Throws InvariantViolation unless `condition` holds.
 * On a hot path pass no detail or a number: strings and objects are built before the call, also when it holds.
 * @param code a short constant name of what must hold, e.g. `book.crossed`
 */
export function invariant(condition: unknown, code: string, detail?: InvariantDetail): asserts condition {
  if (!condition) throw new InvariantViolation(code, detail);
}

function describe(detail: InvariantDetail): string {
  return typeof detail === 'object' ? JSON.stringify(detail, bigintAsText) : String(detail);
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
