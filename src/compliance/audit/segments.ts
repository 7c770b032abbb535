/**
 * The files that frames lie in (`wal/`): the one that is written, the next one prepared beside it, and older ones until
 * tiles hold their entries. Never removes a file whose entries are nowhere else.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { diskFailure } from './disk.ts';
import type { Disk } from './disk.ts';
import { auditCorruption } from './errors.ts';
import { FRAME_BYTES_MAX, SEGMENT_BYTES, encodeFrame, frameBytes, readSegment } from './wal.ts';

const FOLDER = 'wal';
const NEXT = 'next';
const NAME = /^\d{16}$/;

/** What was found in all segments together. */
export interface Recovered {
  /** Index of the first entry that is in a segment. */
  readonly firstIndex: number;
  readonly entries: Buffer[];
  /** Bytes of a write that was never finished. */
  readonly tornBytes: number;
}

/** Reads every segment of a log's folder. Throws AUDIT_CORRUPT with the file and the byte. */
export function readSegments(folder: string): Recovered & { readonly end: number; readonly lastName: string } {
  const names = existsSync(join(folder, FOLDER))
    ? readdirSync(join(folder, FOLDER)).filter((name) => NAME.test(name))
    : [];
  const entries: Buffer[] = [];
  let firstIndex = 0;
  let tornBytes = 0;
  let end = 0;
  let lastName = '';
  for (const [place, name] of names.toSorted().entries()) {
    const path = `${FOLDER}/${name}`;
    const first = Number(name);
    if (place === 0) firstIndex = first;
    if (first !== firstIndex + entries.length)
      throw auditCorruption(path, `entry ${firstIndex + entries.length} belongs here`);
    const content = readSegment(readFileSync(join(folder, path)), first);
    if (typeof content === 'string') throw auditCorruption(path, content);
    // Only the newest may end in the middle: the one before was left whole.
    if (tornBytes > 0) throw auditCorruption(`${FOLDER}/${lastName}`, 'it is cut off, and others follow it');
    for (const entry of content.entries) entries.push(entry);
    ({ end, tornBytes } = content);
    lastName = name;
  }
  return { firstIndex, entries, tornBytes, end, lastName };
}

export class Segments {
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly frame = Buffer.alloc(FRAME_BYTES_MAX);
  private fd = -1;
  private at = 0;
  private name = '';
  private preparing: Promise<void> | undefined;
  /** Older segments, each with the index after its last entry. */
  private older: { name: string; end: number }[] = [];

  constructor(folder: string, disk: Disk) {
    this.folder = join(folder, FOLDER);
    this.disk = disk;
    mkdirSync(this.folder, { recursive: true });
  }

  /** Goes on after what was recovered; a torn end is blanked first. */
  async resume(found: ReturnType<typeof readSegments>): Promise<void> {
    if (found.lastName === '') return;
    const names = readdirSync(this.folder)
      .filter((name) => NAME.test(name))
      .toSorted();
    this.older = names.slice(0, -1).map((name, place) => ({ name, end: Number(names[place + 1]) }));
    this.name = found.lastName;
    this.fd = this.disk.open(join(this.folder, this.name));
    this.at = found.end;
    if (found.tornBytes === 0) return;
    this.disk.write(this.fd, Buffer.alloc(found.tornBytes), found.end);
    await this.disk.sync(this.fd);
  }

  /** Makes entries durable as one frame. Rejects with a coded error; then the same call may be made again. */
  async append(firstIndex: number, entries: readonly Uint8Array[]): Promise<void> {
    try {
      const length = frameBytes(entries);
      if (this.fd < 0 || this.at + length > SEGMENT_BYTES) await this.roll(firstIndex);
      encodeFrame(this.frame, firstIndex, entries);
      this.disk.write(this.fd, this.frame.subarray(0, length), this.at);
      await this.disk.sync(this.fd);
      this.at += length;
    } catch (error) {
      throw diskFailure(error, join(this.folder, this.name));
    }
  }

  /** Removes segments whose every entry is before `index`, which tiles hold durably. */
  release(index: number): void {
    for (const { name } of this.older.filter(({ end }) => end <= index)) this.disk.remove(join(this.folder, name));
    this.older = this.older.filter(({ end }) => end > index);
  }

  /** Whether there is something that could be released. */
  get hasOlder(): boolean {
    return this.older.length > 0;
  }

  async close(): Promise<void> {
    await this.preparing?.catch(() => undefined);
    if (this.fd >= 0) this.disk.close(this.fd);
    this.fd = -1;
  }

  private async roll(firstIndex: number): Promise<void> {
    await (this.preparing ?? this.prepare());
    this.preparing = undefined;
    const name = String(firstIndex).padStart(16, '0');
    // After a failure between the two calls below, the segment is there already and empty.
    if (name !== this.name) this.disk.rename(join(this.folder, NEXT), join(this.folder, name));
    const fd = this.disk.open(join(this.folder, name));
    if (this.fd >= 0) {
      this.disk.close(this.fd);
      this.older.push({ name: this.name, end: firstIndex });
    }
    this.fd = fd;
    this.name = name;
    this.at = 0;
    await this.disk.settle([join(this.folder, name)]);
    this.preparing = this.prepare();
    // Whoever needs it hears of the failure; until then nobody does.
    this.preparing.catch(() => {
      this.preparing = undefined;
    });
  }

  private async prepare(): Promise<void> {
    if (existsSync(join(this.folder, NEXT))) return;
    const draft = join(this.folder, `${NEXT}.draft`);
    await this.disk.fill(draft, SEGMENT_BYTES);
    this.disk.rename(draft, join(this.folder, NEXT));
  }
}
