/**
 * Steering as the rest of the platform uses it: decisions and explanations, the targets with their conditions, the name server's
 * state, exports. Made by `openSteering`, which also opens the name server; a busy port leaves the rest working, and is shown.
 */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { parseAddress, type ClientAddress } from './address.ts';
import type { ReportedConditions } from './conditions.ts';
import { Responder } from './dns/responder.ts';
import { DnsServer } from './dns/server.ts';
import { compileZone, type NameServerSpec } from './dns/zone.ts';
import { STEERING_ERRORS } from './errors.ts';
import { dnsEndpoint, type DnsEndpoint, type DnsProvider } from './external-dns.ts';
import type { LocationTable } from './location.ts';
import { LINK_QUALITIES, OUTCOMES, ROUND_LABELS, TARGET_STATES, type BoundSteeringMetrics } from './metrics.ts';
import type { SteeringPolicy } from './policy.ts';
import { Steering, type Explanation } from './steering.ts';

export interface SteeringOptions {
  readonly policy: SteeringPolicy;
  readonly nameServer: NameServerSpec;
  readonly locations: LocationTable;
  readonly conditions: ReportedConditions;
  readonly clock: Clock;
  readonly metrics: BoundSteeringMetrics;
  /** How the links between sites are now, by quality. */
  readonly linkQualities: () => readonly string[];
}

export interface SteeringStatus {
  readonly zone: string;
  readonly steered: readonly string[];
  readonly listen: readonly string[];
  readonly ports: readonly number[];
  /** Why it does not listen; null where it does, or is not asked to. */
  readonly problem: string | null;
  readonly locationRanges: number;
  readonly locationBuiltMicros: number;
  readonly answers: Readonly<Record<string, number>>;
}

const SAMPLE_MS = 1000;

export class SteeringService {
  readonly policy: SteeringPolicy;
  readonly conditions: ReportedConditions;
  private readonly options: SteeringOptions;
  private readonly steering: Steering;
  private readonly responder: Responder;
  private server: DnsServer | undefined;
  private problem: string | null = null;
  private readonly timer: NodeJS.Timeout;
  private readonly shown = new Map<string, number>();

  private constructor(options: SteeringOptions) {
    const { policy, locations, conditions, clock, nameServer } = options;
    this.options = options;
    this.policy = policy;
    this.conditions = conditions;
    this.steering = new Steering(policy, locations, conditions, clock);
    // Seconds as the serial: a configuration that is read later has a higher one.
    this.responder = new Responder(compileZone(nameServer, Math.floor(clock.nowMicros() / 1_000_000)), this.steering);
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.timer.unref();
  }

  /** Opens the service with its name server. Never rejects for a port: `status().problem` says what is wrong with it. */
  static async open(options: SteeringOptions): Promise<SteeringService> {
    const service = new SteeringService(options);
    try {
      service.server = await DnsServer.open(service.responder, options.nameServer, options.clock);
    } catch (error) {
      service.problem = error instanceof CodedError ? error.message : String(error);
    }
    service.sample();
    return service;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.server?.close();
  }

  /**
   * Where a client goes now, and why. Changes nothing. Throws STEERING_ADDRESS_BAD.
   * @param stayAt target where it is already: it stays there while that is fit
   */
  explain(client: string, stayAt?: string): Explanation {
    return this.steering.explain(addressOf(client), stayAt);
  }

  export(provider: DnsProvider): DnsEndpoint {
    const [name = ''] = this.names;
    return dnsEndpoint(this.policy, this.conditions, name, provider);
  }

  status(): SteeringStatus {
    const { nameServer, locations } = this.options;
    return {
      zone: nameServer.zone,
      steered: this.names,
      listen: nameServer.listen,
      ports: this.server?.ports ?? [],
      problem: this.problem,
      locationRanges: locations.ranges,
      locationBuiltMicros: locations.builtMicros,
      answers: { ...this.responder.counts },
    };
  }

  private get names(): string[] {
    const { steered, zone } = this.options.nameServer;
    return steered.map((name) => `${name}.${zone}`);
  }

  /** Brings the metrics up to what was counted. */
  private sample(): void {
    const { metrics, nameServer, locations, linkQualities } = this.options;
    const { counts } = this.steering;
    for (const [at, round] of ROUND_LABELS.entries()) {
      metrics.decisions.labels({ round }).add(this.gained(`round ${round}`, counts.byRound[at]));
    }
    metrics.unlocated.add(this.gained('unlocated', counts.unlocated));
    for (const outcome of OUTCOMES) {
      metrics.answers.labels({ outcome }).add(this.gained(`outcome ${outcome}`, this.responder.counts[outcome]));
    }
    const transport = this.server?.counts;
    if (transport !== undefined) {
      metrics.queries.labels({ transport: 'udp' }).add(this.gained('udp', transport.udpQueries));
      metrics.queries.labels({ transport: 'tcp' }).add(this.gained('tcp', transport.tcpQueries));
      metrics.limited.labels({ how: 'cut' }).add(this.gained('cut', transport.cut));
      metrics.limited.labels({ how: 'dropped' }).add(this.gained('dropped', transport.dropped));
    }
    metrics.listening.set(nameServer.listen.length - (this.server?.ports.length ?? 0));
    const conditions = this.policy.targets.map(({ id }) => this.conditions.conditionOf(id));
    for (const state of TARGET_STATES) {
      metrics.targets.labels({ state }).set(conditions.filter((condition) => condition.state === state).length);
    }
    metrics.drained.set(conditions.filter(({ drained }) => drained).length);
    metrics.locationBuilt.set(locations.builtMicros / 1_000_000);
    const links = linkQualities();
    for (const quality of LINK_QUALITIES) {
      metrics.links.labels({ quality: quality.replace(' ', '_') }).set(links.filter((link) => link === quality).length);
    }
  }

  private gained(what: string, now: number): number {
    const before = this.shown.get(what) ?? 0;
    this.shown.set(what, now);
    return now - before;
  }
}

function addressOf(text: string): ClientAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new CodedError(STEERING_ERRORS.STEERING_ADDRESS_BAD, text);
  return address;
}
