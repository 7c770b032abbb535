/**
 * A network of sites on virtual time for tests and benchmarks of the detection: real observers and a real detector over
 * modelled links. Delays come from distances, jitter, lost packets and sent-again ones from a seed. A model, and said to
 * be one wherever its figures are shown.
 */
import { Rng } from '#kit/rng.ts';
import { FIBRE_MICROS_PER_KM, greatCircleKm, type Place } from '#kit/geography.ts';
import { HEALTH_DEFAULTS } from './health-state.ts';
import { Detector, DETECTOR_DEFAULTS } from './detector.ts';
import { LOCAL_HEALTH_DEFAULTS } from './local-health.ts';
import type { ProbeAnswer } from './observation.ts';
import { Observing, OBSERVING_DEFAULTS, type ObservingPolicy } from './observing.ts';
import { PHI_DEFAULTS } from './phi.ts';
import type { Vote } from './vote.ts';

export interface SimulatedSite {
  readonly name: string;
  readonly provider: string;
  readonly region: string;
  readonly coordinates: Place;
}

export interface SimulationTerms {
  readonly seed: number;
  readonly observers: readonly SimulatedSite[];
  readonly targets: readonly SimulatedSite[];
  /** Where votes are gathered. */
  readonly detectorAt: SimulatedSite;
  readonly regionsMin: number;
  readonly providersMin: number;
  /** Share of packets that are lost. */
  readonly lossShare: number;
  /** Mean of the exponential part of a packet's delay. */
  readonly jitterMicros: number;
}

/** Light in fibre takes 4.9 µs a km; cables are about 1.4 times as long as the great circle. */
const MICROS_PER_KM = FIBRE_MICROS_PER_KM * 1.4;
/** Inside a region. */
const DELAY_MICROS_MIN = 500;
/** A connection's lost packet is sent again after a second (RFC 6298), its lost answer after 200 ms (Linux). */
const RETRY_CONNECT_MICROS = 1_000_000;
const RETRY_ANSWER_MICROS = 200_000;
const PROBE_TIMEOUT_MICROS = 1_000_000;
/** How late a timer rings at most on a machine that is well. */
const TIMER_MICROS_MAX = 4000;
const START_MICROS = 1_795_363_200_000_000;

const SIMULATED_POLICY: ObservingPolicy = {
  ...OBSERVING_DEFAULTS,
  phi: PHI_DEFAULTS,
  health: HEALTH_DEFAULTS,
  local: LOCAL_HEALTH_DEFAULTS,
};

interface Event {
  readonly atMicros: number;
  /** Breaks ties in order of making. */
  readonly order: number;
  readonly run: () => void;
}

export class DetectionSimulation {
  readonly detector: Detector;
  readonly observers = new Map<string, Observing>();
  /** Called whenever a quorum forms or is lifted. */
  onChange: (target: string, suspected: boolean, nowMicros: number) => void = () => undefined;
  private readonly terms: SimulationTerms;
  private readonly random: Rng;
  private readonly heap: Event[] = [];
  private readonly dead = new Set<string>();
  private readonly asleepUntil = new Map<string, number>();
  private readonly blocked = new Set<string>();
  private readonly sites: ReadonlyMap<string, SimulatedSite>;
  private readonly delays = new Map<string, number>();
  private readonly suspected = new Set<string>();
  private now = START_MICROS;
  private made = 0;

  constructor(terms: SimulationTerms) {
    this.terms = terms;
    this.random = new Rng(terms.seed);
    const all = [...terms.observers, ...terms.targets, terms.detectorAt];
    this.sites = new Map(all.map((site) => [site.name, site]));
    this.detector = new Detector({
      ...DETECTOR_DEFAULTS,
      regionsMin: terms.regionsMin,
      providersMin: terms.providersMin,
      seats: terms.observers.map(({ name, provider, region }) => ({ observer: name, provider, region })),
    });
    for (const { name } of terms.observers) this.addObserver(name);
  }

  get nowMicros(): number {
    return this.now;
  }

  /** From now on the target answers nothing. */
  kill(target: string): void {
    this.dead.add(target);
  }

  revive(target: string): void {
    this.dead.delete(target);
  }

  /** The observer's process stands still for so long (SIGSTOP, a long collection); its timers ring afterwards. */
  sleep(observer: string, micros: number): void {
    this.asleepUntil.set(observer, this.now + micros);
  }

  /** Packets from one site to the other are lost, those back are not. */
  block(from: string, to: string): void {
    this.blocked.add(`${from}>${to}`);
  }

  unblock(from: string, to: string): void {
    this.blocked.delete(`${from}>${to}`);
  }

  run(micros: number): void {
    const end = this.now + micros;
    for (let next = this.heap[0]; next !== undefined && next.atMicros <= end; next = this.heap[0]) {
      this.pop();
      this.now = next.atMicros;
      next.run();
    }
    this.now = end;
    this.look();
  }

  /** Whether a quorum suspects the target, looked at now. */
  isSuspected(target: string): boolean {
    return this.detector.suspicion(target, this.now).suspected;
  }

  private addObserver(name: string): void {
    const targets = this.terms.targets.map((target) => target.name);
    const observing = new Observing(name, SIMULATED_POLICY, {
      nowMicros: () => this.now,
      schedule: (atMicros, run) => this.schedule(name, atMicros, run),
      probe: (target, done) => this.probe(name, target, done),
      publish: (vote) => this.deliver(vote),
    });
    this.observers.set(name, observing);
    observing.watch(targets);
    // Observers do not start in step.
    this.push(START_MICROS + this.random.int(SIMULATED_POLICY.probeIntervalMicros), () => observing.start());
  }

  private schedule(observer: string, atMicros: number, run: () => void): () => void {
    let isCancelled = false;
    const late = this.random.int(TIMER_MICROS_MAX);
    this.wake(observer, Math.max(atMicros, this.now) + late, () => {
      if (!isCancelled) run();
    });
    return () => {
      isCancelled = true;
    };
  }

  private probe(observer: string, target: string, done: (answer: ProbeAnswer | undefined) => void): void {
    const sentMicros = this.now;
    const there = this.packet(observer, target);
    const back = this.packet(target, observer);
    const delay = there === undefined || back === undefined ? undefined : 2 * (there + back) + this.delayOfLoss();
    if (delay === undefined || delay > PROBE_TIMEOUT_MICROS) {
      this.wake(observer, sentMicros + PROBE_TIMEOUT_MICROS, () => done(undefined));
      return;
    }
    const answeredMicros = sentMicros + delay - (back ?? 0);
    this.push(answeredMicros, () => {
      if (this.dead.has(target)) {
        this.wake(observer, sentMicros + PROBE_TIMEOUT_MICROS, () => done(undefined));
        return;
      }
      this.wake(observer, sentMicros + delay, () =>
        done({ sentMicros, receivedMicros: this.now, epoch: 1, targetMicros: answeredMicros }),
      );
    });
  }

  /** Runs at that time, or when the observer is awake again. */
  private wake(observer: string, atMicros: number, run: () => void): void {
    this.push(Math.max(atMicros, this.asleepUntil.get(observer) ?? 0), () => {
      const until = this.asleepUntil.get(observer) ?? 0;
      if (until > this.now) this.wake(observer, until, run);
      else run();
    });
  }

  private deliver(vote: Vote): void {
    const delay = this.packet(vote.observer, this.terms.detectorAt.name);
    if (delay === undefined) return;
    this.push(this.now + delay + this.delayOfLoss(), () => {
      this.detector.hear(vote, this.now);
      this.look();
    });
  }

  private look(): void {
    for (const { name } of this.terms.targets) {
      const isSuspected = this.isSuspected(name);
      if (isSuspected === this.suspected.has(name)) continue;
      if (isSuspected) this.suspected.add(name);
      else this.suspected.delete(name);
      this.onChange(name, isSuspected, this.now);
    }
  }

  /** One way; undefined where it is blocked. */
  private packet(from: string, to: string): number | undefined {
    const key = `${from}>${to}`;
    if (this.blocked.size > 0 && this.blocked.has(key)) return undefined;
    let delay = this.delays.get(key);
    if (delay === undefined) {
      const km = greatCircleKm(this.coordinates(from), this.coordinates(to));
      delay = Math.max(DELAY_MICROS_MIN, km * MICROS_PER_KM);
      this.delays.set(key, delay);
    }
    return Math.round(delay + this.random.exponential(this.terms.jitterMicros));
  }

  private delayOfLoss(): number {
    const { random } = this;
    const { lossShare } = this.terms;
    // Three packets open a connection, one carries the answer.
    const draw = random.float();
    if (draw < 3 * lossShare) return RETRY_CONNECT_MICROS;
    return draw < 4 * lossShare ? RETRY_ANSWER_MICROS : 0;
  }

  private coordinates(name: string): Place {
    return this.sites.get(name)?.coordinates ?? { latitude: 0, longitude: 0 };
  }

  private push(atMicros: number, run: () => void): void {
    const event: Event = { atMicros, order: this.made++, run };
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent], event)) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (isBefore(last, heap[child])) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMicros < b.atMicros || (a.atMicros === b.atMicros && a.order < b.order);
}
