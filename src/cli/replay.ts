/**
 * `nautilus replay FILE`: rebuilds the book of a recording, or drives the engine with it, and prints what came of it.
 * The report goes to standard output, progress and errors to standard error.
 */
import { replay, type ReplayMode } from '#app/replay/replay.ts';
import { replayJson, replayReport } from '#app/replay/report.ts';
import { createSystemClock, type Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';

const PROGRESS_PAUSE_NANOS = 100e6;
const NANOS_PER_SECOND = 1e9;
const BAR_COLUMNS = 30;
const COLUMNS_DEFAULT = 80;

export interface ReplayCommandOptions {
  /** `book` rebuilds the order-by-order book; `drive` lets the engine match the recorded flow. @default 'book' */
  readonly mode?: ReplayMode | undefined;
  /** Only this instrument of a recording of many. */
  readonly symbol?: string | undefined;
  /** One JSON object as the only line of standard output. */
  readonly json?: boolean | undefined;
}

/** Where a command writes. A stream without columns is not a terminal and gets no progress bar. */
export interface CommandOutput {
  readonly out: { write(text: string): unknown; readonly columns?: number };
  readonly err: { write(text: string): unknown; readonly columns?: number };
}

/** Runs the command; gives its exit code: 0, or 1 after an error it has explained. */
export async function replayCommand(
  file: string,
  options: ReplayCommandOptions = {},
  output: CommandOutput = { out: process.stdout, err: process.stderr },
  clock: Clock = createSystemClock(),
): Promise<number> {
  const { mode = 'book', symbol, json = false } = options;
  const bar = output.err.columns === undefined ? undefined : new ProgressBar(output.err, clock);
  try {
    const onProgress = bar && bar.show.bind(bar);
    const outcome = await replay({ path: file, mode, symbol, clock, onProgress });
    bar?.clear();
    const text = json
      ? JSON.stringify(replayJson(outcome))
      : replayReport(outcome, output.out.columns ?? COLUMNS_DEFAULT).join('\n');
    output.out.write(`${text}\n`);
    return 0;
  } catch (error) {
    bar?.clear();
    if (!(error instanceof CodedError)) throw error;
    output.err.write(`${error.code}: ${error.message}\n${error.kind.help}\n`);
    return 1;
  }
}

class ProgressBar {
  private readonly stream: CommandOutput['err'];
  private readonly clock: Clock;
  private readonly startedNanos: number;
  private shownNanos: number | undefined;

  constructor(stream: CommandOutput['err'], clock: Clock) {
    this.stream = stream;
    this.clock = clock;
    this.startedNanos = clock.monotonicNanos();
  }

  show(
    { bytesRead, fileBytes, records }: { bytesRead: number; fileBytes: number; records: number },
    part: number,
    parts: number,
  ): void {
    const now = this.clock.monotonicNanos();
    if (this.shownNanos !== undefined && now - this.shownNanos < PROGRESS_PAUSE_NANOS) return;
    this.shownNanos = now;
    const done = (part - 1 + (fileBytes === 0 ? 1 : bytesRead / fileBytes)) / parts;
    const full = Math.round(done * BAR_COLUMNS);
    const seconds = (now - this.startedNanos) / NANOS_PER_SECOND;
    const rate = seconds > 0 ? Math.round(records / seconds).toLocaleString('en-US') : '…';
    const bar = '█'.repeat(full) + '░'.repeat(BAR_COLUMNS - full);
    const percent = String(Math.floor(done * 100)).padStart(3);
    this.stream.write(`\r${bar} ${percent}%  ${records.toLocaleString('en-US')} records  ${rate}/s\u{1b}[K`);
  }

  clear(): void {
    if (this.shownNanos !== undefined) this.stream.write('\r\u{1b}[K');
  }
}
