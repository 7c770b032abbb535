/**
 * The node and its journal as operators see them: what the node answers, and what lies in the journal's folder. While the
 * node is away the files still answer; what only the node knows is null then.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { NodeState } from '#edge/node-answers.ts';
import { systemFiles } from '#journal/files.ts';
import { JournalFolder } from '#journal/folder.ts';
import { firstRetained, listSegments } from '#journal/segments.ts';
import { listSnapshots } from '#journal/snapshots.ts';
import { CodedError } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { failureOf, type NodeLink } from './node-link.ts';
import type { JournalReport, NodePort, NodeStatusReport, SnapshotReport, WriteFailure } from './ports.ts';

export interface JournalNodePortOptions {
  readonly link: NodeLink;
  readonly journalFolder: string;
  /** Bytes cut from a torn tail when the journal was opened; 0 normally. */
  readonly tornBytes: number;
  /** What the supervisor knows of the node's process. */
  readonly process: () => Pick<NodeStatusReport, 'pid' | 'orderEntryAddress' | 'detail'> & {
    readonly running: boolean;
  };
  /** Last command of the replica; stands in for the node's while the node is away. */
  readonly replicaSequence: () => number;
  readonly nowMicros: () => number;
}

/** How old the node's last word may be before it is asked again for tiles. */
const WORD_MICROS_MAX = 500_000;

export class JournalNodePort implements NodePort {
  private readonly options: JournalNodePortOptions;
  private readonly folder: JournalFolder;
  private heard: NodeState | undefined;
  private heardMicros = 0;
  private asking = false;

  constructor(options: JournalNodePortOptions) {
    this.options = options;
    this.folder = new JournalFolder(options.journalFolder, systemFiles);
  }

  status(): NodeStatusReport {
    const { running, ...process } = this.options.process();
    const { link } = this.options;
    this.askAgain();
    if (!running) return { ...process, state: 'stopped' };
    if (!link.connected) return { ...process, state: 'starting' };
    if (this.heard?.state === 'journal refuses') {
      return { ...process, state: 'fault', detail: 'The journal cannot be written: every order is refused.' };
    }
    return { ...process, state: 'ready' };
  }

  get connectedSessions(): number | null {
    this.askAgain();
    return this.recent()?.liveSessions ?? null;
  }

  get durableLagMicros(): number | null {
    const state = this.recent();
    if (state === undefined) return null;
    // Commands come many times a second; between two of them everything may be durable.
    if (state.durableSequence >= state.lastSequence) return 0;
    return state.durableSequence === 0 ? null : Math.max(0, this.options.nowMicros() - this.durableSinceMicros);
  }

  async journal(): Promise<JournalReport> {
    const epochs = this.folder.epochs();
    const state = await this.ask();
    const snapshot = listSnapshots(this.folder)[0]?.sequence ?? 0;
    return {
      epoch: state?.epoch ?? epochs.at(-1)?.epoch ?? 0,
      firstSequence: firstRetained(this.folder),
      lastSequence: state?.lastSequence ?? this.options.replicaSequence(),
      durableSequence: state?.durableSequence ?? null,
      segments: listSegments(this.folder, epochs).length,
      bytes: bytesOf(this.options.journalFolder),
      tornBytes: this.options.tornBytes,
      snapshotSequence: state?.snapshotSequence ?? snapshot,
      fault:
        state?.state === 'journal refuses'
          ? { code: 'EDGE_JOURNAL_REFUSES', message: 'the journal cannot be written: every order is refused' }
          : null,
    };
  }

  async snapshots(): Promise<readonly SnapshotReport[]> {
    return listSnapshots(this.folder).flatMap(({ sequence, path: file }) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      if (stats === undefined) return [];
      return [{ sequence, bytes: stats.size, createdMicros: Math.floor(stats.mtimeMs * 1000) }];
    });
  }

  async takeSnapshot(): Promise<Result<SnapshotReport, WriteFailure>> {
    let taken: NodeState;
    try {
      taken = await this.options.link.requests.takeSnapshot();
    } catch (error) {
      return err(failureOf(error));
    }
    const stored = (await this.snapshots()).find(({ sequence }) => sequence === taken.snapshotSequence);
    return stored === undefined ? err({ kind: 'timeout' }) : ok(stored);
  }

  async liveSessions(): Promise<ReadonlySet<number> | undefined> {
    const { link } = this.options;
    if (!link.connected) return undefined;
    const sessions = await link.requests.liveSessions();
    return new Set(sessions.map(({ session }) => session));
  }

  async dropSession(session: number): Promise<void> {
    this.options.link.requests.dropSession(session);
  }

  private durableSinceMicros = 0;

  /** The node's last word, while it is not too old to show. */
  private recent(): NodeState | undefined {
    const isOld = this.options.nowMicros() - this.heardMicros > 10 * WORD_MICROS_MAX;
    return isOld ? undefined : this.heard;
  }

  private askAgain(): void {
    if (this.asking || this.options.nowMicros() - this.heardMicros < WORD_MICROS_MAX) return;
    void this.ask();
  }

  /** Asks the node; undefined while it does not answer. */
  private async ask(): Promise<NodeState | undefined> {
    if (!this.options.link.connected) return undefined;
    this.asking = true;
    try {
      const state = await this.options.link.requests.nodeState();
      const rose = state.durableSequence !== this.heard?.durableSequence;
      if (rose || state.durableSequence >= state.lastSequence) this.durableSinceMicros = this.options.nowMicros();
      this.heard = state;
      this.heardMicros = this.options.nowMicros();
      return state;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return undefined;
    } finally {
      this.asking = false;
    }
  }
}

function bytesOf(folder: string): number {
  let total = 0;
  for (const name of readdirSync(folder)) {
    total += statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return total;
}
