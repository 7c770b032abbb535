/**
 * Opens a recording and streams it: file, decompression, decoder, batches of records.
 * Holds a few chunks in memory, whatever the size of the file, and never writes.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CodedError } from '#kit/errors.ts';
import type { DecoderTotals, RecordDecoder } from '#wire/market-data/decoder.ts';
import {
  compressionOf,
  createDecoder,
  FORMAT_PEEK_BYTES,
  formatOf,
  hintsFromName,
  type Compression,
  type RecordingFormat,
} from '#wire/market-data/format.ts';
import { createRecordBatch, type RecordBatch } from '#wire/market-data/record.ts';
import { ZstdFrames } from '#wire/market-data/zstd-frames.ts';
import { replayErrors } from './errors.ts';

const CHUNK_BYTES = 256 * 1024;
const BATCH_RECORDS = 4096;

/** How far a recording has been read, in bytes of the file as it lies on disk. */
export interface RecordingProgress {
  readonly bytesRead: number;
  readonly fileBytes: number;
}

/** A recording that is being read. It can be read once. */
export interface Recording {
  readonly fileName: string;
  readonly format: RecordingFormat;
  readonly compression: Compression;
  /** A unit of price is 10^priceExponent. */
  readonly priceExponent: number;
  readonly marksEvents: boolean;
  /** Added to a record's time to give microseconds since the epoch; 0 where the source's times are whole or undated. */
  readonly timeBaseMicros: number;
  readonly totals: Readonly<DecoderTotals>;
  progress(): RecordingProgress;
  symbolOf(instrument: number): string | undefined;
  /** The records in order; the batch is reused, so use it up before asking for the next. Throws CodedError. */
  batches(): AsyncGenerator<RecordBatch, void, undefined>;
  /** Closes the file; harmless after the end. */
  close(): Promise<void>;
}

/**
 * Opens the file at `path`, tells its format from its content and reads nothing more until asked.
 * Throws CodedError: REPLAY_FILE_UNREADABLE, REPLAY_DECOMPRESSION_FAILED, MARKET_DATA_FORMAT_UNKNOWN.
 */
export async function openRecording(path: string): Promise<Recording> {
  const handle = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    return await startReading(handle, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function startReading(handle: FileHandle, path: string): Promise<Recording> {
  const fileBytes = (await handle.stat()).size;
  const peek = new Uint8Array(FORMAT_PEEK_BYTES);
  const { bytesRead } = await handle.read(peek, 0, FORMAT_PEEK_BYTES, 0).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const compression = compressionOf(peek.subarray(0, bytesRead));
  const raw = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  const chunks = chunksOf(raw, path, compression);
  const first = await chunks.next();
  const format = formatOf(first.done === true ? new Uint8Array(0) : first.value);
  if (!format.ok) throw format.error;
  const fileName = basename(path);
  const hints = hintsFromName(fileName);
  const decoder = createDecoder(format.value, hints);
  return {
    fileName,
    format: format.value,
    compression,
    priceExponent: decoder.priceExponent,
    marksEvents: decoder.marksEvents,
    timeBaseMicros: format.value === 'dbn' ? 0 : (hints.dayStartMicros ?? 0),
    totals: decoder.totals,
    progress: () => ({ bytesRead: raw.bytesRead, fileBytes }),
    symbolOf: (instrument) => decoder.symbolOf(instrument),
    batches: () => batchesOf(decoder, first.done === true ? undefined : first.value, chunks),
    close: async () => {
      await chunks.return();
      raw.destroy();
      await handle.close();
    },
  };
}

/** The plain bytes of the file, chunk by chunk. */
async function* chunksOf(raw: Readable, path: string, compression: Compression): AsyncGenerator<Uint8Array, void> {
  try {
    if (compression === 'none') yield* raw as AsyncIterable<Uint8Array>;
    else if (compression === 'gzip') yield* decompressed(raw, createGunzip({ chunkSize: CHUNK_BYTES }));
    else yield* zstdFramesOf(raw, path);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    if (compression === 'none') throw unreadable(path, cause);
    throw new CodedError(replayErrors.REPLAY_DECOMPRESSION_FAILED, path, { cause });
  }
}

/** Node's zstd decompressor ends with its first frame, and files are often several: each frame gets one of its own. */
async function* zstdFramesOf(raw: Readable, path: string): AsyncGenerator<Uint8Array, void> {
  const splitter = new FrameSplitter(raw);
  while (await splitter.hasMore()) {
    yield* decompressed(Readable.from(splitter.frame()), createZstdDecompress({ chunkSize: CHUNK_BYTES }));
  }
  if (!splitter.complete) throw new CodedError(replayErrors.REPLAY_DECOMPRESSION_FAILED, `${path} ends inside a frame`);
}

async function* decompressed(from: Readable, decompressor: Transform): AsyncGenerator<Uint8Array, void> {
  // The error reaches this loop through the decompressor.
  for await (const chunk of pipeline(from, decompressor, () => undefined)) yield chunk as Uint8Array;
}

/** Hands out a zstd stream frame by frame. */
class FrameSplitter {
  private readonly frames = new ZstdFrames();
  private readonly chunks: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array | undefined;
  private at = 0;

  constructor(raw: Readable) {
    this.chunks = (raw as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** Whether the bytes so far end with a frame. */
  get complete(): boolean {
    return this.frames.between;
  }

  /** Makes bytes available; false at the end of the stream. */
  async hasMore(): Promise<boolean> {
    while (this.chunk === undefined || this.at === this.chunk.length) {
      const next = await this.chunks.next();
      if (next.done === true) return false;
      this.chunk = next.value;
      this.at = 0;
    }
    return true;
  }

  /** The bytes of one frame; none of a frame that holds no data. */
  async *frame(): AsyncGenerator<Uint8Array, void> {
    while (await this.hasMore()) {
      const { chunk, at } = this;
      if (chunk === undefined) return;
      const end = this.frames.advance(chunk, at);
      if (!end.ok) throw end.error;
      this.at = end.value;
      if (!this.frames.skippable) yield chunk.subarray(at, end.value);
      if (this.frames.between) return;
    }
  }
}

async function* batchesOf(
  decoder: RecordDecoder,
  first: Uint8Array | undefined,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<RecordBatch, void, undefined> {
  const batch = createRecordBatch(BATCH_RECORDS);
  if (first !== undefined) yield* batchesOfChunk(decoder, first, batch);
  for await (const chunk of rest) yield* batchesOfChunk(decoder, chunk, batch);
  const end = decoder.end();
  if (!end.ok) throw end.error;
}

function* batchesOfChunk(decoder: RecordDecoder, chunk: Uint8Array, batch: RecordBatch): Generator<RecordBatch> {
  decoder.push(chunk);
  for (;;) {
    const read = decoder.read(batch);
    if (!read.ok) throw read.error;
    if (read.value === 0) return;
    yield batch;
  }
}

function unreadable(path: string, cause: unknown): CodedError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
  return new CodedError(replayErrors.REPLAY_FILE_UNREADABLE, `${path} (${reason})`, { cause });
}
