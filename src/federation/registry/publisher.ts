/**
 * Says something in the registry in the name of one member, again and again: signs, numbers, and writes over its own last
 * entry and over nobody else's. Gives up its voice when another process of the same member is there.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '#kit/clock.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { isNewer, openEntry, refusal, sealEntry, type EntryKind, type Refusal, type Roster } from './signed.ts';
import type { RegistryStore } from './port.ts';

export interface PublisherOptions {
  readonly registry: RegistryStore;
  readonly kind: EntryKind;
  readonly member: string;
  readonly privateKey: KeyObject;
  /** Holds at least the member itself. */
  readonly roster: Roster;
  readonly clock: Clock;
}

/** How often a write that lost a race is tried again. */
const ATTEMPTS_MAX = 3;

/** The key under which a member's entries of a kind lie. */
export function entryKey(kind: EntryKind, member: string): string {
  return `${entryPrefix(kind)}${member}`;
}

export function entryPrefix(kind: EntryKind): string {
  return kind === 'heartbeat' ? 'members.' : 'votes.';
}

export class Publisher {
  private readonly options: PublisherOptions;
  private readonly incarnationMicros: number;
  private revision: number | undefined;
  private number = 0;

  constructor(options: PublisherOptions) {
    this.options = options;
    this.incarnationMicros = options.clock.nowMicros();
  }

  /**
   * Publishes a body. FEDERATION_MEMBER_TAKEN where a later run of the member speaks. Rejects where the registry cannot be
   * reached: the next call then reads first, because whether that write happened is not known.
   */
  async publish(body: unknown): Promise<Result<undefined, Refusal>> {
    const { registry, kind, member, privateKey, clock } = this.options;
    const key = entryKey(kind, member);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      if (this.revision === undefined) {
        const found = await this.findOwn(key);
        if (!found.ok) return found;
        this.revision = found.value;
      }
      this.number++;
      const { incarnationMicros, number } = this;
      const payload = { incarnationMicros, number, sentMicros: clock.nowMicros(), body };
      const expected = this.revision;
      this.revision = undefined;
      const written = await registry.write(key, sealEntry(kind, member, payload, privateKey), expected);
      if (written.ok) {
        this.revision = written.value;
        return ok(undefined);
      }
    }
    return err(refusal('FEDERATION_MEMBER_TAKEN', member, `${ATTEMPTS_MAX} writes in a row met another writer`));
  }

  /** Revision of the member's present entry; a refusal where a later run wrote it. */
  private async findOwn(key: string): Promise<Result<number, Refusal>> {
    const { registry, kind, member, roster } = this.options;
    const entry = await registry.read(key);
    if (entry === undefined) return ok(0);
    // An entry that nobody can have signed is written over: it may not silence the member.
    const opened = openEntry(kind, entry, roster);
    if (opened.ok && !isNewer({ incarnationMicros: this.incarnationMicros, number: this.number + 1 }, opened.value)) {
      return err(refusal('FEDERATION_MEMBER_TAKEN', member, 'a later run of it speaks already'));
    }
    return ok(entry.revision);
  }
}
