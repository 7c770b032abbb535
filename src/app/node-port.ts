/** What the API shows of the node: its process, its journal's files and what it says of itself over its session. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeLink } from '#api/node-link.ts';
import { failureOf } from '#api/node-link.ts';
import type { JournalReport, NodePort, NodeStatusReport, SnapshotReport, WriteFailure } from '#api/ports.ts';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { NodeState } from '#edge/node-answers.ts';

export interface NodePortParts {
  readonly link: NodeLink;
  /** The process that leads now. */
  readonly process: { pid(): number | null };
  readonly journal: Journal;
  readonly journalFolder: string;
}

/** How often the node is asked about itself while someone is interested. */
const ASK_MS = 1000;
/** A lag beyond as many looks is shown as that of the oldest of them. */
const LOOKS_MAX = 120;
const SNAPSHOT_NAME = /^snapshot-(\d{16})$/;
const SEGMENT_NAME = /^segment-/;

export class PlatformNodePort implements NodePort {
  private readonly parts: NodePortParts;
  private address: string | null = null;
  private problem: string | null = 'starting';
  private isHopeless = false;
  private heard: NodeState | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What was heard lately, oldest first, at most LOOKS_MAX. */
  private readonly looks: NodeState[] = [];

  constructor(parts: NodePortParts) {
    this.parts = parts;
  }

  /** Begins to ask the node about itself. */
  start(): void {
    this.timer = setInterval(() => void this.ask(), ASK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  noteReady(address: string): void {
    this.address = address;
    this.problem = null;
    this.isHopeless = false;
  }

  noteEnded(detail: string, restarts: boolean): void {
    this.problem = restarts ? `the node ended (${detail}) and is being started again` : `the node ended (${detail})`;
    this.isHopeless = !restarts;
    this.heard = undefined;
  }

  status(): NodeStatusReport {
    const { link, process } = this.parts;
    const isUp = link.connected && this.problem === null;
    const refuses = this.heard?.state === 'journal refuses';
    const down = this.isHopeless ? 'stopped' : 'starting';
    return {
      state: refuses ? 'fault' : isUp ? 'ready' : down,
      pid: process.pid(),
      orderEntryAddress: this.address,
      detail: refuses ? 'the disk refuses the journal: orders are refused until there is room' : this.problem,
    };
  }

  async journal(): Promise<JournalReport> {
    const { report } = this.parts.journal;
    const said = await this.ask();
    const files = filesOf(this.parts.journalFolder);
    return {
      epoch: said?.epoch ?? report.lastEpoch,
      firstSequence: report.firstSequence,
      lastSequence: said?.lastSequence ?? report.lastSequence,
      durableSequence: said?.durableSequence ?? null,
      segments: files.filter(({ name }) => SEGMENT_NAME.test(name)).length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      tornBytes: report.tornBytes,
      snapshotSequence: said?.snapshotSequence ?? report.snapshotSequence,
      fault:
        said?.state === 'journal refuses'
          ? { code: 'EDGE_JOURNAL_REFUSES', message: 'the disk refuses the journal' }
          : null,
    };
  }

  async snapshots(): Promise<readonly SnapshotReport[]> {
    return filesOf(this.parts.journalFolder)
      .flatMap(({ name, bytes, createdMicros }) => {
        const found = SNAPSHOT_NAME.exec(name);
        return found === null ? [] : [{ sequence: Number(found[1]), bytes, createdMicros }];
      })
      .toSorted((a, b) => b.sequence - a.sequence);
  }

  async takeSnapshot(): Promise<Result<SnapshotReport, WriteFailure>> {
    try {
      const { snapshotSequence } = await this.parts.link.requests.takeSnapshot();
      const stored = (await this.snapshots()).find(({ sequence }) => sequence === snapshotSequence);
      return stored === undefined ? err({ kind: 'timeout' }) : ok(stored);
    } catch (error) {
      return err(failureOf(error));
    }
  }

  async liveSessions(): Promise<ReadonlySet<number> | undefined> {
    try {
      return new Set((await this.parts.link.requests.liveSessions()).map(({ session }) => session));
    } catch (error) {
      failureOf(error);
      return undefined;
    }
  }

  async dropSession(session: number): Promise<void> {
    if (this.parts.link.connected) this.parts.link.requests.dropSession(session);
  }

  get connectedSessions(): number | null {
    return this.heard?.liveSessions ?? null;
  }

  /** To about a second: looks are that far apart. */
  get durableLagMicros(): number | null {
    const { heard } = this;
    if (heard === undefined) return null;
    const earliest = this.looks.find(({ lastSequence }) => lastSequence > heard.durableSequence);
    return earliest === undefined ? 0 : Math.max(0, heard.nodeTimeMicros - earliest.nodeTimeMicros);
  }

  private async ask(): Promise<NodeState | undefined> {
    if (!this.parts.link.connected) return undefined;
    try {
      this.heard = await this.parts.link.requests.nodeState();
      this.looks.push(this.heard);
      if (this.looks.length > LOOKS_MAX) this.looks.shift();
    } catch (error) {
      failureOf(error);
      this.heard = undefined;
    }
    return this.heard;
  }
}

function filesOf(folder: string): { name: string; bytes: number; createdMicros: number }[] {
  return readdirSync(folder).flatMap((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) return [];
    return [{ name, bytes: stats.size, createdMicros: Math.floor(stats.mtimeMs * 1000) }];
  });
}
