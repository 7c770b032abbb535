/**
 * What trades while the platform runs: the demo market with its simulated traders and market calendar, or a recording.
 * Brings the engine up to the reference data first.
 */
import type { ReplayControl } from '#api/ports.ts';
import type { Replica } from '#edge/replica.ts';
import { CodedError } from '#kit/errors.ts';
import { describeCode } from '#trading/codes.ts';
import { EventKind, Refused, eventKind } from '#trading/events.ts';
import { DemoMarket } from './demo/demo-market.ts';
import { DemoRunner } from './demo-runner.ts';
import { demoSessions, drivenMarkets, intradayActivityOf } from './demo-set-up.ts';
import { marketStatesOf, marketViewOf, seedReadsOf } from './engine-state.ts';
import { APP_ERRORS } from './errors.ts';
import type { Flow, FlowParts } from './flow-parts.ts';
import { openReplay } from './flow-replay.ts';
import { MarketDriver } from './markets.ts';
import { OrderSessions } from './order-sessions.ts';
import { seedCommands } from './seed.ts';
import { simulatedSession } from './session-keys.ts';
import type { OwnSession } from './session-keys.ts';

const LABEL = 'demo market, every order in it is simulated';
const SEEDED_TIMEOUT_MS = 10_000;

export async function openFlow(parts: FlowParts): Promise<Flow> {
  const { options, reference, replica } = parts;
  const reads = seedReadsOf(() => replica.engine);
  const { replayFile } = options;
  if (replayFile === undefined) {
    await seed(parts, seedCommands(reference, reads));
    return openDemo(parts);
  }
  // The accounts are there to trade with; the demo's instruments would have nobody to trade them.
  await seed(parts, seedCommands({ ...reference, instruments: [] }, reads));
  return openReplay(parts, replayFile, async (commands) => seed(parts, commands));
}

/** Sends commands that set the engine up, and waits until the replica has them. */
async function seed({ replica, link }: FlowParts, commands: readonly Int32Array[]): Promise<void> {
  let last = 0;
  for (const words of commands) {
    const answer = await link.submit(words);
    if (!answer.ok) throw new CodedError(APP_ERRORS.APP_SEEDING_REFUSED, answer.error.kind);
    const { event, sequence } = answer.value;
    if (eventKind(event, 0) === EventKind.refused) {
      throw new CodedError(APP_ERRORS.APP_SEEDING_REFUSED, describeCode(event[Refused.reason]).text);
    }
    last = sequence;
  }
  if (!(await replica.reached(last, SEEDED_TIMEOUT_MS))) {
    throw new CodedError(APP_ERRORS.APP_SEEDING_REFUSED, `the replica did not reach sequence ${last}`);
  }
}

async function openDemo(parts: FlowParts): Promise<Flow> {
  const { options, clock, reference, replica, link, endpoints, logger } = parts;
  const sessions = new Map<number, OwnSession>();
  for (const { session, name, participant, accounts } of demoSessions(reference)) {
    sessions.set(session, await simulatedSession(parts.store, parts.keysFolder, name, participant, accounts));
  }
  const orders = new OrderSessions(sessions, endpoints, clock);
  await orders.connect();
  const submit = async (words: Int32Array): Promise<void> => {
    try {
      const answer = await link.submit(words);
      if (!answer.ok) logger.warn({ failure: answer.error }, 'a command of the market driver has no answer');
    } catch (error) {
      logger.error({ err: error }, 'a command of the market driver failed');
    }
  };
  const administrator = {
    send(words: Int32Array, lengthWords: number): boolean {
      if (!link.connected) return false;
      void submit(words.slice(0, lengthWords));
      return true;
    },
  };
  const engine = (): Replica['engine'] => replica.engine;
  const market = new DemoMarket(reference, { view: marketViewOf(engine), orders, administrator }, clock.nowMicros(), {
    activityAt: intradayActivityOf(reference),
  });
  const driver = new MarketDriver(drivenMarkets(reference), marketStatesOf(engine), administrator);
  const runner = new DemoRunner(market, driver, clock);
  const unlisten = replica.listen({ onEvents: (words, end) => market.observe(words, end) });
  if (options.paused) runner.pause();
  return {
    label: LABEL,
    control: controlOf(runner),
    start: () => runner.start(),
    async stop() {
      runner.stop();
      unlisten();
      await orders.close();
    },
  };
}

function controlOf(runner: DemoRunner): ReplayControl {
  return {
    status() {
      const { state, simulated, speed, sent } = runner.status();
      return { kind: 'demo', state, label: LABEL, simulated, speed, sent, total: null, progress: null };
    },
    pause: () => runner.pause(),
    resume: () => runner.resume(),
    setSpeed: (speed) => runner.setSpeed(speed),
  };
}
