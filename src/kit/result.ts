/**
 * The outcome of something that may be refused for an expected reason.
 * Never carries a bug: those are invariant violations.
 */
export type Result<T, E> = Ok<T> | Err<E>;

interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

/** A success that carries `value`. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** An expected refusal that carries `error`. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}
