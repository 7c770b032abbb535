/**
 * A recording as the market's flow: its instruments are seeded beside what the journal has, its orders go through a
 * session of their own at recorded times, and the running engine matches them. Ends with the recording; the book stays.
 */
import { basename } from 'node:path';
import type { ReplayControl, ReplayReport } from '#api/ports.ts';
import { OrderEntryClient } from '#edge/client.ts';
import { CodedError } from '#kit/errors.ts';
import { AccountCommand, InstrumentCommand } from '#trading/commands.ts';
import { INSTRUMENT_SHIFT, Instrument } from '#trading/instruments.ts';
import type { State } from '#trading/state.ts';
import { APP_ERRORS } from './errors.ts';
import type { Flow, FlowParts } from './flow-parts.ts';
import { ReplayOrders } from './replay-orders.ts';
import { ReplayPace } from './replay-pace.ts';
import { engineSetup, type SeededInstrument } from './replay/engine-setup.ts';
import { planRecording, recordedFlow, type RecordingPlan } from './replay/passes.ts';
import { recordingSession } from './session-keys.ts';

/** Places that the configuration's own instruments, accounts and participants leave to recordings. */
const INSTRUMENT_FROM = 128;
const RECORDING_ACCOUNT = 4000;
const RECORDING_PARTICIPANT = 250;
const SYMBOL_WORDS = 4;
const MICROS_PER_SECOND = 1_000_000;
const STOP_MS_MAX = 2000;

/** What makes two instruments the same one: found again, it is used again. */
const IDENTITY = [
  [InstrumentCommand.priceBaseTicks, Instrument.priceBaseTicks],
  [InstrumentCommand.tickMantissa, Instrument.tickMantissa],
  [InstrumentCommand.tickExponent, Instrument.tickExponent],
  [InstrumentCommand.moneyPerTick, Instrument.moneyPerTick],
] as const;

interface Seed {
  /** What the engine lacks. */
  readonly commands: readonly Int32Array[];
  /** By the recording's instrument number. */
  readonly instruments: ReadonlyMap<number, SeededInstrument>;
}

/**
 * Reads the recording once, seeds its instruments with `send` and opens its session. Throws the coded errors of reading
 * recordings, APP_RECORDING_UNFIT, and what `send` throws.
 */
export async function openReplay(
  parts: FlowParts,
  file: string,
  send: (commands: readonly Int32Array[]) => Promise<void>,
): Promise<Flow> {
  const { options, clock, replica, endpoints, logger } = parts;
  const source = { path: file, symbol: options.replaySymbol };
  const plan = await planRecording(source);
  const { commands, instruments } = seedOf(plan, replica.engine.view);
  await send(commands);

  const session = await recordingSession(parts.store, parts.keysFolder);
  const hearing: { orders?: ReplayOrders } = {};
  const client = new OrderEntryClient(
    { endpoints, session: session.session, privateKey: session.privateKey, clock, skipReplay: true },
    {
      onReport: (_type, flags, view, at) => hearing.orders?.onReport(flags, view, at),
      onReject: (code) => hearing.orders?.onReject(code),
    },
  );
  await client.connect();
  const run = Math.floor(clock.nowMicros() / MICROS_PER_SECOND) | 0;
  const orders = new ReplayOrders(client, { account: RECORDING_ACCOUNT, run, instruments });
  hearing.orders = orders;
  const replay = new RunningReplay(basename(file), orders, new ReplayPace(clock, options.speed, options.paused));
  return {
    label: replay.label,
    control: replay,
    start() {
      replay.run(source, plan).then(
        (summary) => logger.info(summary, 'the recording is over'),
        (error: unknown) => {
          replay.fail();
          logger.error({ err: error }, 'the recording cannot be replayed any further');
        },
      );
    },
    async stop() {
      await replay.stop();
      await client.close();
    },
  };
}

/** The instruments and the account that the engine lacks. Throws APP_RECORDING_UNFIT. */
function seedOf(plan: RecordingPlan, state: State | undefined): Seed {
  const { recording } = plan;
  const plans = [...plan.instruments.values()];
  const symbolOf = (instrument: number): string | undefined => recording.symbolOf(instrument);
  const setup = engineSetup(plans, recording.priceExponent, symbolOf, 0);
  // The running engine has had its genesis.
  const [, account, ...wanted] = setup.commands;
  const commands: Int32Array[] = [];
  if (account !== undefined && state?.accounts.exists(RECORDING_ACCOUNT) !== true) {
    account[AccountCommand.account] = RECORDING_ACCOUNT;
    account[AccountCommand.participant] = RECORDING_PARTICIPANT;
    commands.push(account);
  }
  const bySymbol = existingInstruments(state);
  let free = INSTRUMENT_FROM;
  const capacity = state?.instruments.capacity ?? 0;
  const instruments = new Map<number, SeededInstrument>();
  for (const [at, words] of wanted.entries()) {
    const number = plans[at]?.instrument ?? 0;
    const grid = setup.instruments.get(number)?.grid;
    if (grid === undefined) continue;
    let index = bySymbol.get(symbolKey(words, InstrumentCommand.symbol));
    if (index === undefined) {
      while (state?.instruments.exists(free) === true) free++;
      if (free >= capacity) throw unfit(`it has ${wanted.length} instruments, and this journal room for fewer`);
      index = free++;
      words[InstrumentCommand.instrument] = index;
      commands.push(words);
    } else if (!isSame(state, index, words)) {
      throw unfit(`${symbolOf(number) ?? number} is there already, with another price grid`);
    }
    instruments.set(number, { index, grid });
  }
  return { commands, instruments };
}

function existingInstruments(state: State | undefined): Map<string, number> {
  const found = new Map<string, number>();
  if (state === undefined) return found;
  for (let index = 0; index < state.instruments.capacity; index++) {
    if (!state.instruments.exists(index)) continue;
    found.set(symbolKey(state.instruments.words, (index << INSTRUMENT_SHIFT) + Instrument.symbol), index);
  }
  return found;
}

function isSame(state: State | undefined, index: number, words: Int32Array): boolean {
  const at = index << INSTRUMENT_SHIFT;
  return (
    index >= INSTRUMENT_FROM &&
    IDENTITY.every(([wanted, existing]) => words[wanted] === state?.instruments.words[at + existing])
  );
}

function symbolKey(words: Int32Array, at: number): string {
  return words.slice(at, at + SYMBOL_WORDS).join('.');
}

function unfit(detail: string): CodedError {
  return new CodedError(APP_ERRORS.APP_RECORDING_UNFIT, detail);
}

/** The recording on its way, as the API shows and controls it. */
class RunningReplay implements ReplayControl {
  readonly label: string;
  private readonly orders: ReplayOrders;
  private readonly pace: ReplayPace;
  private state: 'running' | 'finished' = 'running';
  private progress = 0;
  private ending: Promise<unknown> = Promise.resolve();

  constructor(file: string, orders: ReplayOrders, pace: ReplayPace) {
    this.label = `recording ${file}, matched by this engine`;
    this.orders = orders;
    this.pace = pace;
  }

  status(): ReplayReport {
    const { pace, orders, state, progress, label } = this;
    return {
      kind: 'replay',
      state: state === 'running' && pace.paused ? 'paused' : state,
      label,
      simulated: false,
      speed: pace.speed,
      sent: orders.sent,
      total: null,
      progress,
    };
  }

  pause(): void {
    this.pace.pause();
  }

  resume(): void {
    this.pace.resume();
  }

  setSpeed(speed: number): void {
    this.pace.setSpeed(speed);
  }

  /** Sends the whole flow; gives what came of it. */
  async run(source: { path: string; symbol: string | undefined }, plan: RecordingPlan): Promise<object> {
    const work = this.send(source, plan);
    this.ending = work.catch(() => undefined);
    return work;
  }

  /** Ends it where it is; resolves when nothing more is sent. */
  async stop(): Promise<void> {
    this.pace.stop();
    // Answers may never come: the node may be gone.
    await Promise.race([this.ending, new Promise((resolve) => setTimeout(resolve, STOP_MS_MAX).unref())]);
  }

  fail(): void {
    this.state = 'finished';
  }

  private async send(source: { path: string; symbol: string | undefined }, plan: RecordingPlan): Promise<object> {
    const { orders, pace } = this;
    let total = 0;
    for (const { events } of plan.instruments.values()) total += events;
    let count = 0;
    for await (const steps of recordedFlow(source, plan)) {
      for (const step of steps) {
        // What a recording says before its first order (the opening of its day) may lie hours before it.
        const isPrelude = orders.entered === 0 && step.commands.every(({ kind }) => kind === 'phase');
        if (!isPrelude && !(await pace.reached(step.timeMicros))) return { stopped: true, sent: orders.sent };
        await orders.advance(step);
        this.progress = total === 0 ? 1 : Math.min(1, ++count / total);
      }
    }
    await orders.finish();
    this.state = 'finished';
    this.progress = 1;
    return { sent: orders.sent, corrections: orders.corrections, refusals: Object.fromEntries(orders.refusals) };
  }
}
