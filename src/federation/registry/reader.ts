/**
 * Hears what members say in the registry and believes only what is signed, timely and new. Counts and keeps what it
 * refused, so that a wrong clock or a stolen name is seen. Never writes.
 */
import { err, ok, type Result } from '#kit/result.ts';
import { REGISTRY_ERRORS, type RegistryCode } from './errors.ts';
import type { RegistryEntry, RegistryStore, Watch } from './port.ts';
import { entryPrefix } from './publisher.ts';
import { clockSkew, isNewer, openEntry, refusal } from './signed.ts';
import type { EntryKind, Refusal, Roster, SignedEntry } from './signed.ts';

/** Reads a body of one kind; the message says what is wrong with one that is not. */
export type BodyReader<Body> = (entry: SignedEntry) => Result<Body, Refusal>;

export interface BelievedEntry<Body> extends SignedEntry {
  readonly body: Body;
}

export interface RefusedEntry extends Refusal {
  readonly atMicros: number;
}

/** Refusals that are kept for people to see, newest first. */
const REFUSALS_KEPT = 32;

export class SignedReader<Body> {
  private readonly kind: EntryKind;
  private readonly roster: () => Roster;
  private readonly readBody: BodyReader<Body>;
  private readonly last = new Map<string, BelievedEntry<Body>>();
  private readonly refused: RefusedEntry[] = [];
  private readonly counts = new Map<RegistryCode, number>();
  private watching: Watch | undefined;

  constructor(kind: EntryKind, roster: () => Roster, readBody: BodyReader<Body>) {
    this.kind = kind;
    this.roster = roster;
    this.readBody = readBody;
  }

  /** Follows the registry until stopped; `onEntry` hears each believed entry. */
  async follow(
    registry: RegistryStore,
    nowMicros: () => number,
    onEntry: (entry: BelievedEntry<Body>) => void,
  ): Promise<void> {
    // What lies there at first may be old; what comes afterwards was just said.
    let isLive = false;
    this.watching = await registry.watch(entryPrefix(this.kind), (entry) => {
      const now = nowMicros();
      const heardMicros = isLive ? now : Math.min(now, entry.storedMicros);
      const heard = this.hear(entry, heardMicros);
      if (heard.ok) onEntry(heard.value);
    });
    isLive = true;
  }

  async stop(): Promise<void> {
    await this.watching?.stop();
  }

  /** Believes one entry, or says why not. The key it lies under must be its member's. */
  hear(entry: RegistryEntry, heardMicros: number): Result<BelievedEntry<Body>, Refusal> {
    const opened = openEntry(this.kind, entry, this.roster());
    if (!opened.ok) return this.refuse(opened.error, heardMicros);
    const signed = opened.value;
    const skew = clockSkew(signed, heardMicros);
    if (skew !== undefined) return this.refuse(skew, heardMicros);
    if (entry.key !== `${entryPrefix(this.kind)}${signed.member}`) {
      const message = `lies under the key ${entry.key}`;
      return this.refuse(refusal('FEDERATION_REPLAYED', signed.member, message), heardMicros);
    }
    const last = this.last.get(signed.member);
    if (!isNewer(signed, last)) {
      const message = `number ${signed.number} after ${last?.number ?? 0}`;
      return this.refuse(refusal('FEDERATION_REPLAYED', signed.member, message), heardMicros);
    }
    const body = this.readBody(signed);
    if (!body.ok) return this.refuse(body.error, heardMicros);
    const believed = { ...signed, body: body.value };
    this.last.set(signed.member, believed);
    return ok(believed);
  }

  /** The last believed entry of each member. */
  get entries(): ReadonlyMap<string, BelievedEntry<Body>> {
    return this.last;
  }

  /** What was refused lately, newest first. */
  get refusals(): readonly RefusedEntry[] {
    return this.refused;
  }

  /** How often each reason occurred. */
  refusalCount(code: RegistryCode): number {
    return this.counts.get(code) ?? 0;
  }

  private refuse(why: Refusal, atMicros: number): Result<never, Refusal> {
    this.counts.set(why.code, this.refusalCount(why.code) + 1);
    this.refused.unshift({ ...why, atMicros });
    if (this.refused.length > REFUSALS_KEPT) this.refused.pop();
    return err(why);
  }
}

/** Every reason there is, for metrics that have a series for each. */
export const REFUSAL_CODES = Object.keys(REGISTRY_ERRORS) as readonly RegistryCode[];
