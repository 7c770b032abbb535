/**
 * Who is there: the members' last heartbeats, their short history, and who has fallen silent. Fed by the registry's
 * reader; takes heartbeats from those who cannot reach the registry themselves. Never decides who leads.
 */
import type { Clock } from '#kit/clock.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { HEARTBEAT_INTERVAL_MICROS, readHeartbeat, type Heartbeat } from './heartbeat.ts';
import type { RegistryStore } from './port.ts';
import { entryKey } from './publisher.ts';
import { SignedReader, type BelievedEntry, type RefusedEntry } from './reader.ts';
import type { RegistryCode } from './errors.ts';
import { isNewer, openEntry, refusal, type Refusal, type Roster } from './signed.ts';

/** `present`; `late`: two heartbeats are missing; `silent`: five are; `never`: on the roster, and not heard of. */
export type Presence = 'present' | 'late' | 'silent' | 'never';

export interface MemberView {
  readonly member: string;
  readonly cluster: string;
  readonly presence: Presence;
  readonly last: BelievedEntry<Heartbeat> | undefined;
}

/** Heartbeats of a member that are kept. */
const HISTORY_MAX = 60;
const LATE_MICROS = 2.5 * HEARTBEAT_INTERVAL_MICROS;
const SILENT_MICROS = 5 * HEARTBEAT_INTERVAL_MICROS;

export class Members {
  private readonly reader: SignedReader<Heartbeat>;
  private readonly registry: RegistryStore;
  private readonly clock: Clock;
  private readonly roster: () => Roster;
  private readonly histories = new Map<string, BelievedEntry<Heartbeat>[]>();

  constructor(registry: RegistryStore, clock: Clock, roster: () => Roster) {
    this.registry = registry;
    this.clock = clock;
    this.roster = roster;
    this.reader = new SignedReader('heartbeat', roster, (entry) => readHeartbeat(entry, roster()));
  }

  async start(): Promise<void> {
    await this.reader.follow(
      this.registry,
      () => this.clock.nowMicros(),
      (entry) => this.note(entry),
    );
  }

  async stop(): Promise<void> {
    await this.reader.stop();
  }

  /** Every member of the roster, in order of name. */
  list(): readonly MemberView[] {
    const now = this.clock.nowMicros();
    return [...this.roster()]
      .map(([member, { cluster }]) => {
        const last = this.reader.entries.get(member);
        return { member, cluster, last, presence: presenceOf(last, now) };
      })
      .toSorted((a, b) => (a.member < b.member ? -1 : 1));
  }

  find(member: string): MemberView | undefined {
    return this.list().find((view) => view.member === member);
  }

  /** Newest first. */
  history(member: string): readonly BelievedEntry<Heartbeat>[] {
    return this.histories.get(member) ?? [];
  }

  get refusals(): readonly RefusedEntry[] {
    return this.reader.refusals;
  }

  refusalCount(code: RegistryCode): number {
    return this.reader.refusalCount(code);
  }

  /**
   * Takes a signed heartbeat that came by another way and stores it. What the registry would not believe is refused here
   * already, its sender's clock measured against this one.
   */
  async submit(value: string): Promise<Result<{ readonly member: string }, Refusal>> {
    const opened = openEntry('heartbeat', { value, storedMicros: this.clock.nowMicros() }, this.roster());
    if (!opened.ok) return opened;
    const { member } = opened.value;
    const key = entryKey('heartbeat', member);
    const present = await this.registry.read(key);
    const body = readHeartbeat(opened.value, this.roster());
    if (!body.ok) return body;
    const stored = present === undefined ? undefined : openEntry('heartbeat', present, this.roster());
    if (stored?.ok === true && !isNewer(opened.value, stored.value)) {
      return err(refusal('FEDERATION_REPLAYED', member, `number ${opened.value.number} was heard before`));
    }
    const written = await this.registry.write(key, value, present?.revision ?? 0);
    if (!written.ok) return err(refusal('FEDERATION_MEMBER_TAKEN', member, 'another heartbeat of it came first'));
    return ok({ member });
  }

  private note(entry: BelievedEntry<Heartbeat>): void {
    const history = this.histories.get(entry.member) ?? [];
    history.unshift(entry);
    if (history.length > HISTORY_MAX) history.pop();
    this.histories.set(entry.member, history);
  }
}

function presenceOf(last: BelievedEntry<Heartbeat> | undefined, nowMicros: number): Presence {
  if (last === undefined) return 'never';
  const silence = nowMicros - last.storedMicros;
  if (silence > SILENT_MICROS) return 'silent';
  return silence > LATE_MICROS ? 'late' : 'present';
}
