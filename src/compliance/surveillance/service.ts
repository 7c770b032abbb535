/**
 * Surveillance in a running platform: live and shadow monitors over the replica's events, alerts into the store, and what
 * compliance officers do with them. It reads the market and writes the store; it never touches an order.
 */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Store } from '#store/open.ts';
import * as rows from '#store/surveillance.ts';
import type { AlertRow, BackTestRow } from '#store/surveillance.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';
import { backTest } from './back-test.ts';
import { CaseDesk, found, type Person } from './case-desk.ts';
import { SCENARIOS, findScenario, invalidParameters, parametersOf } from './catalogue.ts';
import type { Parameters } from './detector.ts';
import { SURVEILLANCE_ERRORS } from './errors.ts';
import type { HistoryParts } from '../history.ts';
import type { CommandWords } from './market.ts';
import type { surveillanceMetrics } from './metrics.ts';
import { Monitor, type MonitorAlert, type NamedLists } from './monitor.ts';
import { replayAround, type ReplayFrame } from './replay.ts';
import type { Scenario } from './scenario.ts';
import { SecondIndex } from './second-index.ts';

/** Alerts that wait for the store; further ones are counted as lost. */
const WAITING_MAX = 10_000;
/** Replays and back-tests that run or wait. */
const READERS_MAX = 8;
const REPLAY_BEFORE_SECONDS = 5;
const REPLAY_AFTER_SECONDS = 3;
const BACK_TEST_COMMANDS_MAX = 20_000_000;

export interface SurveillanceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly history: HistoryParts;
  readonly metrics: BoundMetrics<(typeof surveillanceMetrics)['specs']>;
  readonly symbolOf: (instrument: number) => string;
  /** Every account there is now, with its firm. */
  readonly accounts: () => readonly { readonly account: number; readonly participant: number }[];
  readonly isSimulated: (account: number) => boolean;
  readonly lastSequence: () => number;
  readonly lists: Partial<NamedLists>;
  readonly onFault: (fault: unknown) => void;
}

/** A command as the replica tells of it. */
export interface HeardCommand extends CommandWords {
  readonly sequence: number;
}

export interface ScenarioStatus {
  readonly scenario: Scenario;
  readonly live: Parameters;
  readonly shadow: Parameters | null;
  readonly alerts: number;
  readonly shadowAlerts: number;
  readonly open: number;
  readonly abuse: number;
  readonly falseAlarms: number;
}

export class SurveillanceService {
  private readonly parts: SurveillanceParts;
  /** Alerts and cases as people handle them. */
  readonly desk: CaseDesk;
  /** What the replica calls. */
  readonly listener = {
    onEvents: (words: Int32Array, end: number, command: HeardCommand): void => this.onEvents(words, end, command),
    onCommand: (command: HeardCommand): void => this.onCommand(command),
  };
  private readonly index = new SecondIndex();
  private live: Monitor | undefined;
  private shadow: Monitor | undefined;
  private settings = new Map<string, { live: Parameters; shadow: Parameters | null }>();
  private sequence = 0;
  private waiting = 0;
  private writing: Promise<void> = Promise.resolve();
  /** Ends when the present readers of the journal have. */
  private reader: Promise<unknown> = Promise.resolve();
  private readers = 0;
  private eventsTold = 0;
  /** Alerts up to here are stored already: a replica that begins before them finds them again. */
  private storedUpTo = 0;

  constructor(parts: SurveillanceParts) {
    this.parts = parts;
    this.desk = new CaseDesk(parts);
  }

  /** Reads the parameters in force and begins. Call before the replica's first command is heard. */
  async open(): Promise<void> {
    for (const row of await rows.readSettings(this.parts.store)) {
      this.settings.set(row.scenario, { live: parse(row.live) ?? {}, shadow: parse(row.shadow) ?? null });
    }
    this.storedUpTo = await rows.lastAlertSequence(this.parts.store);
    this.restart();
  }

  /** Waits until every alert found is stored. */
  async close(): Promise<void> {
    this.live = undefined;
    this.shadow = undefined;
    await this.writing;
  }

  private onEvents(words: Int32Array, end: number, command: HeardCommand): void {
    this.sequence = command.sequence;
    this.live?.onEvents(words, end, command);
    this.shadow?.onEvents(words, end, command);
  }

  private onCommand(command: HeardCommand): void {
    this.sequence = command.sequence;
    this.index.note(command.timeMicros, command.sequence);
    this.live?.onCommand(command);
    this.shadow?.onCommand(command);
  }

  /** Brings the counters up to now. */
  tellMetrics(): void {
    const events = this.live?.market.events ?? 0;
    this.parts.metrics.events.add(Math.max(0, events - this.eventsTold));
    this.eventsTold = events;
  }

  /** The market around an alert, from the journal. */
  async replay(alertId: string): Promise<{ alert: AlertRow; frames: ReplayFrame[] }> {
    const alert = await this.desk.alert(alertId);
    const evidence = JSON.parse(alert.evidence) as { orders: { orderId: string }[] };
    const after = this.index.sequenceAt(alert.found_micros + REPLAY_AFTER_SECONDS * 1e6) ?? alert.sequence;
    const frames = await this.reading(async () =>
      replayAround(this.parts.history, {
        instrument: alert.instrument,
        first: alert.first_sequence,
        last: Math.min(Math.max(after, alert.sequence), this.parts.lastSequence()),
        orderIds: new Set(evidence.orders.map(({ orderId }) => orderId)),
      }),
    );
    return { alert, frames };
  }

  async scenarios(): Promise<ScenarioStatus[]> {
    const counts = await rows.countAlerts(this.parts.store);
    const sum = (id: string, fits: (row: (typeof counts)[number]) => boolean): number =>
      counts.filter((row) => row.scenario === id && fits(row)).reduce((total, row) => total + row.count, 0);
    return SCENARIOS.map((scenario) => {
      const { id } = scenario;
      const set = this.settings.get(id);
      return {
        scenario,
        live: parametersOf(id, set?.live),
        shadow: set === undefined || set.shadow === null ? null : parametersOf(id, set.shadow),
        alerts: sum(id, (row) => row.mode === 'live'),
        shadowAlerts: sum(id, (row) => row.mode === 'shadow'),
        open: sum(id, (row) => row.mode === 'live' && row.state !== 'closed'),
        abuse: sum(id, (row) => row.mode === 'live' && row.verdict === 'abuse'),
        falseAlarms: sum(id, (row) => row.mode === 'live' && row.verdict === 'false alarm'),
      };
    });
  }

  /** Tries other parameters beside those in force, from now on; null ends the trial. */
  async setShadow(id: string, parameters: Parameters | null, by: Person): Promise<void> {
    if (parameters !== null) this.check(id, parameters);
    await this.store(id, this.settings.get(id)?.live ?? {}, parameters, by);
  }

  /** Puts parameters in force. The asker has seen that a second person agrees. */
  async setLive(id: string, parameters: Parameters, by: Person): Promise<void> {
    this.check(id, parameters);
    await this.store(id, parameters, null, by);
  }

  /** Throws SURVEILLANCE_NOT_FOUND or SURVEILLANCE_PARAMETERS. */
  check(id: string, parameters: Parameters): void {
    if (findScenario(id) === undefined) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_NOT_FOUND, id);
    const wrong = invalidParameters(id, parameters);
    if (wrong !== undefined) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_PARAMETERS, wrong);
  }

  async listBackTests(): Promise<BackTestRow[]> {
    return rows.listBackTests(this.parts.store);
  }

  async backTest(id: string): Promise<BackTestRow> {
    return found(await rows.findBackTest(this.parts.store, id), id);
  }

  /** Begins a back-test over the newest `commands` of the journal; it goes on after this returns. */
  async startBackTest(id: string, parameters: Parameters, commands: number, by: Person): Promise<BackTestRow> {
    this.check(id, parameters);
    if (this.readers >= READERS_MAX) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_BUSY);
    const { store, ids, clock } = this.parts;
    const last = this.parts.lastSequence();
    const row: BackTestRow = {
      back_test_id: ids('bkt'),
      scenario: id,
      parameters: JSON.stringify(parametersOf(id, parameters)),
      first_sequence: Math.max(1, last - Math.min(commands, BACK_TEST_COMMANDS_MAX) + 1),
      last_sequence: last,
      state: 'running',
      started_micros: clock.nowMicros(),
      started_by: by.name,
      ended_micros: null,
      result: null,
    };
    await rows.insertBackTest(store, row);
    void this.runBackTest(row, parameters);
    return row;
  }

  private async runBackTest(row: BackTestRow, parameters: Parameters): Promise<void> {
    const { store, clock, history, accounts, lists } = this.parts;
    try {
      const result = await this.reading(async () => {
        const { scenario, first_sequence: first, last_sequence: last } = row;
        const known = new Map(accounts().map(({ account, participant }) => [account, participant]));
        const plan = {
          scenario,
          parameters,
          first,
          last,
          lists,
          participantOf: (account: number) => known.get(account),
          accounts: [...known.keys()],
        };
        const { events, found: count, alerts } = await backTest(history, plan);
        const before = await rows.alertsBetween(store, scenario, first, last);
        const again = (alert: AlertRow): boolean =>
          alerts.some(
            ({ actor, instrument, foundMicros }) =>
              actor.code === alert.actor_code &&
              instrument === alert.instrument &&
              Math.abs(foundMicros - alert.found_micros) < 60e6,
          );
        return {
          events,
          found: count,
          foundLive: before.length,
          keptAbuse: before.filter((alert) => alert.verdict === 'abuse' && again(alert)).length,
          abuse: before.filter((alert) => alert.verdict === 'abuse').length,
          keptFalseAlarms: before.filter((alert) => alert.verdict === 'false alarm' && again(alert)).length,
          falseAlarms: before.filter((alert) => alert.verdict === 'false alarm').length,
        };
      });
      await rows.endBackTest(store, row.back_test_id, {
        state: 'done',
        ended_micros: clock.nowMicros(),
        result: JSON.stringify(result),
      });
    } catch (error) {
      this.parts.onFault(error);
      const result = JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
      await rows
        .endBackTest(store, row.back_test_id, { state: 'failed', ended_micros: clock.nowMicros(), result })
        .catch(this.parts.onFault);
    }
  }

  /** One reader of the journal at a time; the next ones wait for their turn, as many as may. */
  private async reading<T>(work: () => Promise<T>): Promise<T> {
    if (this.readers >= READERS_MAX) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_BUSY);
    this.readers++;
    const turn = this.reader.then(work);
    this.reader = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.readers--;
    }
  }

  private async store(id: string, live: Parameters, shadow: Parameters | null, by: Person): Promise<void> {
    await rows.writeSettings(this.parts.store, {
      scenario: id,
      live: Object.keys(live).length === 0 ? null : JSON.stringify(live),
      shadow: shadow === null ? null : JSON.stringify(shadow),
      changed_micros: this.parts.clock.nowMicros(),
      changed_by: by.name,
    });
    this.settings.set(id, { live, shadow });
    this.restart();
  }

  /** Monitors with the parameters as they are now. What the old ones were in the middle of seeing is begun anew. */
  private restart(): void {
    const { lists } = this.parts;
    const of = (pick: 'live' | 'shadow'): Record<string, Parameters> =>
      Object.fromEntries(
        [...this.settings].map(([id, set]) => [id, pick === 'shadow' && set.shadow !== null ? set.shadow : set.live]),
      );
    this.eventsTold = 0;
    this.live = new Monitor({ settings: of('live'), lists, onAlert: (alert) => this.keep(alert, 'live') });
    const tried = new Set([...this.settings].filter(([, set]) => set.shadow !== null).map(([id]) => id));
    this.shadow =
      tried.size === 0
        ? undefined
        : new Monitor({
            settings: of('shadow'),
            lists,
            onAlert: (alert) => {
              if (tried.has(alert.scenario)) this.keep(alert, 'shadow');
            },
          });
    for (const monitor of [this.live, this.shadow]) {
      for (const { account, participant } of this.parts.accounts())
        monitor?.market.setParticipant(account, participant);
    }
  }

  private keep(alert: MonitorAlert, mode: AlertRow['mode']): void {
    const { clock, ids, metrics, symbolOf, isSimulated } = this.parts;
    if (this.sequence <= this.storedUpTo) return;
    const severity = findScenario(alert.scenario)?.severity ?? 'low';
    if (mode === 'live') {
      metrics.alerts.labels({ severity }).increment();
      metrics.delay.observe(Math.max(0, clock.nowMicros() - alert.foundMicros));
    }
    const { facts, orders, book, otherActor } = alert;
    const row: AlertRow = {
      alert_id: ids('alr'),
      scenario: alert.scenario,
      severity,
      mode,
      actor_kind: alert.actor.kind,
      actor_code: alert.actor.code,
      instrument: alert.instrument,
      symbol: symbolOf(alert.instrument),
      start_micros: alert.startMicros,
      found_micros: alert.foundMicros,
      sequence: this.sequence,
      first_sequence: this.index.sequenceAt(alert.startMicros - REPLAY_BEFORE_SECONDS * 1e6) ?? this.sequence,
      simulated: orders.some(({ account }) => isSimulated(account)) ? 1 : 0,
      state: 'open',
      assigned_to: null,
      assigned_name: null,
      case_id: null,
      verdict: null,
      evidence: JSON.stringify({ facts, orders, book, otherActor }),
    };
    if (this.waiting >= WAITING_MAX) {
      metrics.lost.increment();
      return;
    }
    this.waiting++;
    this.writing = this.write(this.writing, row);
  }

  /** Writes one alert after the earlier ones. Never rejects. */
  private async write(earlier: Promise<void>, row: AlertRow): Promise<void> {
    await earlier;
    try {
      await rows.insertAlert(this.parts.store, row);
    } catch (error) {
      this.parts.metrics.lost.increment();
      this.parts.onFault(error);
    } finally {
      this.waiting--;
    }
  }
}

function parse(text: string | null): Parameters | undefined {
  return text === null ? undefined : (JSON.parse(text) as Parameters);
}
