/**
 * The detection as a running part of a process: observes its targets, publishes its own votes, hears those of others, and
 * says which targets a quorum suspects. Used by the platform and by observers that run alone. Acts on nobody.
 */
import type { Clock } from '#kit/clock.ts';
import type { RegistryStore } from '../registry/port.ts';
import type { Publisher } from '../registry/publisher.ts';
import { SignedReader, type RefusedEntry } from '../registry/reader.ts';
import type { RegistryCode } from '../registry/errors.ts';
import type { Roster } from '../registry/signed.ts';
import { Detector, type DetectorPolicy, type Suspicion } from './detector.ts';
import { HEALTH_DEFAULTS } from './health-state.ts';
import { LOCAL_HEALTH_DEFAULTS } from './local-health.ts';
import { Observing, OBSERVING_DEFAULTS, type ObservingPolicy } from './observing.ts';
import { PHI_DEFAULTS } from './phi.ts';
import { TcpProber, type ProbeTarget } from './tcp-probe.ts';
import { readVote } from './vote-entry.ts';
import type { Vote } from './vote.ts';

export interface DetectionParts {
  readonly registry: RegistryStore;
  /** Says this observer's votes; its site is `observer`. */
  readonly publisher: Publisher;
  readonly observer: string;
  readonly roster: () => Roster;
  readonly policy: DetectorPolicy;
  readonly clock: Clock;
  /** Whom to watch now; asked for about once a second. */
  readonly targets: () => readonly ProbeTarget[];
  /** Hears what went wrong with the registry; the next attempt is made all the same. */
  readonly onFault: (fault: unknown) => void;
  /** Hears each change of a quorum. */
  readonly onChange?: (suspicion: Suspicion) => void;
}

const TARGETS_LOOK_MS = 1000;
const QUORUM_LOOK_MS = 100;
const MICROS_PER_MS = 1000;

const DETECTION_POLICY: ObservingPolicy = {
  ...OBSERVING_DEFAULTS,
  phi: PHI_DEFAULTS,
  health: HEALTH_DEFAULTS,
  local: LOCAL_HEALTH_DEFAULTS,
};

export class DetectionService {
  readonly detector: Detector;
  private readonly parts: DetectionParts;
  private readonly observing: Observing;
  private readonly prober: TcpProber;
  private readonly reader: SignedReader<Vote>;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly suspected = new Set<string>();
  private targets: ReadonlyMap<string, ProbeTarget> = new Map();
  private publishing = false;
  private waiting: Vote | undefined;
  private publishedMicros: number | undefined;

  constructor(parts: DetectionParts) {
    const { clock, observer, policy, roster } = parts;
    this.parts = parts;
    this.detector = new Detector(policy);
    this.prober = new TcpProber(clock);
    this.reader = new SignedReader('vote', roster, (entry) => readVote(entry, roster()));
    this.observing = new Observing(observer, DETECTION_POLICY, {
      nowMicros: () => clock.nowMicros(),
      schedule: (atMicros, run) => {
        const timer = setTimeout(run, Math.ceil((atMicros - clock.nowMicros()) / MICROS_PER_MS));
        timer.unref();
        return () => clearTimeout(timer);
      },
      probe: (name, done) => {
        const target = this.targets.get(name);
        if (target === undefined) done(undefined);
        else this.prober.probe(target, done);
      },
      publish: (vote) => this.say(vote),
    });
  }

  async start(): Promise<void> {
    const { registry, clock, observer } = this.parts;
    await this.reader.follow(
      registry,
      () => clock.nowMicros(),
      (entry) => {
        // Its own votes were heard when they were made.
        if (entry.body.observer !== observer) this.detector.hear(entry.body, clock.nowMicros());
      },
    );
    this.lookForTargets();
    this.observing.start();
    this.every(TARGETS_LOOK_MS, () => this.lookForTargets());
    this.every(QUORUM_LOOK_MS, () => this.lookForChanges());
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.observing.stop();
    this.prober.close();
    await this.reader.stop();
  }

  /** Where things stand with a target now. */
  suspicion(target: string): Suspicion {
    return this.detector.suspicion(target, this.parts.clock.nowMicros());
  }

  /** Names of the targets that are watched now. */
  get watched(): readonly string[] {
    return [...this.targets.keys()];
  }

  /** When this observer's vote last reached the registry. */
  get lastPublishedMicros(): number | undefined {
    return this.publishedMicros;
  }

  get refusals(): readonly RefusedEntry[] {
    return this.reader.refusals;
  }

  refusalCount(code: RegistryCode): number {
    return this.reader.refusalCount(code);
  }

  private every(intervalMs: number, run: () => void): void {
    const timer = setInterval(run, intervalMs);
    timer.unref();
    this.timers.push(timer);
  }

  private lookForTargets(): void {
    const targets = new Map(this.parts.targets().map((target) => [target.name, target]));
    this.targets = targets;
    this.prober.keep(new Set(targets.keys()));
    this.observing.watch([...targets.keys()]);
  }

  private lookForChanges(): void {
    for (const name of this.targets.keys()) {
      const suspicion = this.suspicion(name);
      if (suspicion.suspected === this.suspected.has(name)) continue;
      if (suspicion.suspected) this.suspected.add(name);
      else this.suspected.delete(name);
      this.parts.onChange?.(suspicion);
    }
  }

  /** Heard here at once; one write to the registry at a time, and of what waits meanwhile only the latest. */
  private say(vote: Vote): void {
    this.detector.hear(vote, this.parts.clock.nowMicros());
    this.waiting = vote;
    if (!this.publishing) void this.publishWaiting();
  }

  private async publishWaiting(): Promise<void> {
    const { publisher, onFault, clock } = this.parts;
    this.publishing = true;
    while (this.waiting !== undefined) {
      const vote = this.waiting;
      this.waiting = undefined;
      try {
        const published = await publisher.publish(vote);
        if (published.ok) this.publishedMicros = clock.nowMicros();
        else onFault(published.error);
      } catch (fault) {
        onFault(fault);
      }
    }
    this.publishing = false;
  }
}
