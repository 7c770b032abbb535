/**
 * The journal of a shard in a JetStream stream with copies on three providers: the distributed driver of the journal's
 * port. Puts the parts together; each rule lives in the part that keeps it.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import type { AckLevel, Batch, Journal, OpenReport, Snapshot } from '#kit/ports/journal.ts';
import { FileJournal } from '../file-journal.ts';
import { systemFiles } from '../files.ts';
import { JournalFolder } from '../folder.ts';
import { removeSegmentsUpTo } from '../retention.ts';
import { JOURNAL_ERRORS } from '../errors.ts';
import { takeEpoch } from './candidacy.ts';
import { STREAM_ERRORS } from './errors.ts';
import { Follower } from './follower.ts';
import { StreamLeadership } from './leadership.ts';
import { StreamLink } from './link.ts';
import type { StreamFacts } from './link.ts';
import { Mirror } from './mirror.ts';
import { compileOptions } from './options.ts';
import type { CompiledOptions, JetStreamOptions } from './options.ts';
import { PlacementKeeper } from './placement.ts';
import { purgeEntries } from './retention.ts';
import { checkSettings } from './settings.ts';
import { StreamSnapshots } from './snapshots.ts';
import { findStream } from './stream.ts';

const CATCH_UP_MS_MAX = 120_000;
const SNAPSHOT_WAIT_MS_MAX = 30_000;
const EPOCH_DIGITS = 10;

/** Commands that a member appended under an epoch and that never came into the stream. */
export interface Unreplicated {
  epoch: number;
  firstSequence: number;
  lastSequence: number;
}

export class JetStreamJournal implements Journal {
  report: OpenReport;
  /** The highest ack level that the servers' settings keep. */
  readonly highestLevel: AckLevel;
  /** What this member had appended and not replicated when it lost an earlier epoch. */
  readonly unreplicated: readonly Unreplicated[];

  private readonly link: StreamLink;
  private readonly options: CompiledOptions;
  private readonly mirror: Mirror;
  private readonly follower: Follower;
  private readonly snapshots: StreamSnapshots;
  private readonly faultListeners: Set<(fault: Error) => void>;
  private leadership: StreamLeadership | undefined;
  private own: FileJournal | undefined;
  private placement: PlacementKeeper | undefined;

  private constructor(parts: OpenedParts) {
    this.link = parts.link;
    this.options = parts.link.options;
    this.mirror = parts.mirror;
    this.follower = parts.follower;
    this.highestLevel = parts.highestLevel;
    this.snapshots = parts.snapshots;
    this.faultListeners = parts.faultListeners;
    this.faultListeners.add((fault) => this.leadership?.abandon(fault));
    this.unreplicated = findUnreplicated(this.options, this.mirror);
    const { firstSequence, segments, snapshotSequence } = this.mirror.journal.report;
    this.report = {
      firstSequence: this.mirror.last === 0 ? 0 : Math.max(1, firstSequence),
      lastSequence: this.mirror.last,
      lastEpoch: this.follower.state.epoch,
      segments,
      tornBytes: 0,
      snapshotSequence,
    };
  }

  /**
   * Connects, checks the servers, and brings the mirror to the stream's present end.
   * Rejects with a JOURNAL_STREAM_… code; then nothing is left open.
   */
  static async open(given: JetStreamOptions): Promise<JetStreamJournal> {
    const link = await StreamLink.open(compileOptions(given));
    const undo: (() => unknown)[] = [() => link.close()];
    try {
      const facts = await findStream(link);
      const highestLevel = await checkSettings(link, facts);
      const faultListeners = new Set<(fault: Error) => void>();
      const tell = (fault: Error): void => {
        for (const listener of faultListeners) listener(fault);
      };
      const { mirror, follower } = await catchUp(link, facts, tell);
      undo.push(
        () => mirror.close(),
        () => follower.stop(),
      );
      const snapshots = new StreamSnapshots(link);
      return new JetStreamJournal({
        link,
        mirror,
        follower,
        highestLevel,
        snapshots,
        faultListeners,
      });
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      throw error;
    }
  }

  /** Folder in which the file driver can read what is replicated, also from another thread. */
  get mirrorFolder(): string {
    return this.mirror.journal.path;
  }

  async lead(): Promise<StreamLeadership> {
    await this.leadership?.close();
    const { link, follower } = this;
    const { epoch, lastStreamSequence } = await takeEpoch(link, follower);
    // From here on this member is the only one whose entries count, and it knows them already.
    follower.stop();
    if (follower.state.streamSequence !== lastStreamSequence) {
      // Another candidate was right behind: the place of this leader's first entry is taken.
      follower.start();
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_FENCED, `epoch ${epoch} of ${this.options.shard}`);
    }
    this.own = new FileJournal({ folder: ownFolder(this.options, epoch), clock: this.options.clock });
    const leadership = new StreamLeadership({
      link,
      follower,
      own: this.own.leadFrom(follower.state.nextSequence),
      epoch,
      lastStreamSequence,
      highestLevel: this.highestLevel,
      onOver: () => this.endLead(),
    });
    this.leadership = leadership;
    this.placement = new PlacementKeeper(link);
    return leadership;
  }

  /** Gives what is in the stream, up to where it was followed. */
  read(from: number, visit: (batch: Batch) => void): number {
    return this.mirror.read(from, visit);
  }

  tail(from: number, visit: (batch: Batch) => void, onFault: (fault: Error) => void): { stop(): void } {
    const tail = this.mirror.tail(from, visit, onFault);
    this.faultListeners.add(onFault);
    return {
      stop: () => {
        tail.stop();
        this.faultListeners.delete(onFault);
      },
    };
  }

  async latestSnapshot(atMost = Infinity): Promise<Snapshot | undefined> {
    return this.snapshots.latest(atMost);
  }

  async storeSnapshot(snapshot: Snapshot): Promise<void> {
    await this.replicatedUpTo(snapshot.sequence);
    await this.snapshots.put(snapshot);
    await this.mirror.storeSnapshot(snapshot);
    this.report = { ...this.report, snapshotSequence: snapshot.sequence };
  }

  /** Removes messages of the stream instead of segments; the mirror and the own segments follow. */
  async truncateBefore(sequence: number): Promise<{ removedSegments: number }> {
    const covered = Math.min(sequence, await this.snapshots.oldest());
    const removedSegments = await purgeEntries(this.link, covered);
    await this.mirror.journal.truncateBefore(covered);
    if (this.leadership !== undefined) {
      const folder = new JournalFolder(ownFolder(this.options, this.leadership.epoch), systemFiles);
      removeSegmentsUpTo(folder, Math.min(covered, this.leadership.replicated));
    }
    return { removedSegments };
  }

  /** Figures for metrics and people. */
  status(): { epoch: number; dropped: number; placementMoves: number } {
    return {
      epoch: this.follower.state.epoch,
      dropped: this.follower.dropped,
      placementMoves: this.placement?.moves ?? 0,
    };
  }

  async close(): Promise<void> {
    await this.leadership?.close();
    this.follower.stop();
    await this.own?.close();
    await this.mirror.close();
    await this.link.close();
  }

  private endLead(): void {
    this.leadership = undefined;
    this.placement?.stop();
    this.follower.start();
  }

  private async replicatedUpTo(sequence: number): Promise<void> {
    const deadline = performance.now() + SNAPSHOT_WAIT_MS_MAX;
    while (this.follower.state.nextSequence <= sequence) {
      if (performance.now() > deadline) {
        throw new CodedError(STREAM_ERRORS.JOURNAL_STREAM_BEHIND, `sequence ${sequence} is not replicated`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
  }
}

interface OpenedParts {
  link: StreamLink;
  mirror: Mirror;
  follower: Follower;
  highestLevel: AckLevel;
  snapshots: StreamSnapshots;
  faultListeners: Set<(fault: Error) => void>;
}

/** Opens the mirror and follows the stream to its present end; from the beginning where the mirror does not fit. */
async function catchUp(
  link: StreamLink,
  facts: StreamFacts,
  onFault: (fault: Error) => void,
): Promise<{ mirror: Mirror; follower: Follower }> {
  const { folder, clock } = link.options;
  const path = join(folder, 'mirror');
  let mirror = Mirror.open(path, clock, facts.created);
  for (;;) {
    const follower = new Follower(link, mirror, onFault);
    try {
      follower.start();
      await follower.reached(facts.lastSequence, CATCH_UP_MS_MAX);
      return { mirror, follower };
    } catch (error) {
      follower.stop();
      await mirror.close();
      const isBehind = error instanceof CodedError && error.code === JOURNAL_ERRORS.JOURNAL_SEQUENCE_GONE.code;
      if (!isBehind || mirror.start.streamSequence === 0) throw error;
      mirror = Mirror.openEmpty(path, clock, facts.created);
    }
  }
}

function ownFolder({ folder }: CompiledOptions, epoch: number): string {
  return join(folder, 'own', String(epoch).padStart(EPOCH_DIGITS, '0'));
}

/** Looks at what this member appended in earlier epochs; removes what is in the stream, and tells what is not. */
function findUnreplicated(options: CompiledOptions, mirror: Mirror): Unreplicated[] {
  const folder = join(options.folder, 'own');
  mkdirSync(folder, { recursive: true });
  const found: Unreplicated[] = [];
  for (const name of readdirSync(folder).toSorted()) {
    const epoch = Number(name);
    const path = join(folder, name);
    const { lastSequence } = new FileJournal({ folder: path, clock: options.clock }).report;
    const end = mirror.endOf(epoch);
    if (lastSequence > end) {
      found.push({ epoch, firstSequence: end + 1, lastSequence });
      options.log(`epoch ${epoch} of ${options.shard}: ${end + 1} to ${lastSequence} were not replicated; see ${path}`);
    } else rmSync(path, { recursive: true });
  }
  return found;
}
