/**
 * A wide-area network on one machine: sites as processes, a link with delay and loss between every two, partitions by name. The delays
 * are what light needs times a stretch; the figures that come back are measured by the sites through the links.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Clock } from '#kit/clock.ts';
import { Rng } from '#kit/rng.ts';
import { leastMicros } from '#kit/geography.ts';
import type { LinkFigures } from '../measurement.ts';
import { NetworkService, type NetworkSite } from '../service.ts';
import { DelayLine } from './delay-line.ts';
import { TcpLink, UdpLink, type LinkTerms } from './links.ts';

const SITE_PROGRAM = new URL('./site.ts', import.meta.url);
const SITE_START_MS_MAX = 30_000;
const ONE_WAY_MICROS_PER_MS = 2000;
const NANOS_PER_MS = 1e6;

export interface RigOptions {
  readonly sites: readonly NetworkSite[];
  /** How much longer paths are than the great circle. */
  readonly stretch: number;
  readonly lossShare: number;
  readonly seed: number;
  readonly clock: Clock;
}

export class WanRig {
  readonly network: NetworkService;
  private readonly options: RigOptions;
  private readonly line: DelayLine;
  private readonly terms = new Map<string, LinkTerms>();
  private readonly udp: UdpLink[] = [];
  private readonly tcp: TcpLink[] = [];
  private readonly children: ChildProcess[] = [];

  constructor(options: RigOptions) {
    this.options = options;
    this.line = new DelayLine(() => options.clock.monotonicNanos() / NANOS_PER_MS);
    this.network = new NetworkService(options.sites, options.clock);
  }

  /** Starts every site and lays every link. Rejects when a site does not start. */
  async start(): Promise<void> {
    const { sites, stretch, lossShare, seed } = this.options;
    const rng = new Rng(seed);
    const ports = await Promise.all(sites.map(async (site) => this.startSite(site.name)));
    for (const [a, from] of sites.entries()) {
      const targets = [];
      for (const [b, to] of sites.entries()) {
        if (a === b) continue;
        const delayMs = (2 * leastMicros(from, to) * stretch) / ONE_WAY_MICROS_PER_MS;
        const terms: LinkTerms = { delayMs, lossShare, cutThere: false, cutBack: false };
        this.terms.set(`${from.name} ${to.name}`, terms);
        const link = new UdpLink(this.line, rng.fork(), terms, ports[b]);
        this.udp.push(link);
        targets.push({ to: to.name, host: '127.0.0.1', port: await link.open() });
      }
      this.children[a].send({ targets });
    }
  }

  /** Opens a TCP link from one site to another in front of a port of this machine; gives the link's port. */
  async forward(from: string, to: string, port: number): Promise<number | undefined> {
    const terms = this.terms.get(`${from} ${to}`);
    if (terms === undefined) return undefined;
    const link = new TcpLink(this.line, terms, port);
    this.tcp.push(link);
    return link.open();
  }

  /**
   * Lets nothing pass from one site to another; `bothWays` also nothing back. False where a site is unknown.
   * An exchange needs both ways, so a one-way cut is seen by probes of either side.
   */
  partition(from: string, to: string, bothWays: boolean): boolean {
    return this.setCut(from, to, true) && (!bothWays || this.setCut(to, from, true));
  }

  /** Ends every partition. */
  heal(): void {
    for (const terms of this.terms.values()) {
      terms.cutThere = false;
      terms.cutBack = false;
    }
    for (const link of this.tcp) link.healed();
  }

  /** Directions that are cut, as `from to`. */
  get cuts(): string[] {
    return [...this.terms].filter(([, { cutThere }]) => cutThere).map(([pair]) => pair);
  }

  stop(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const link of [...this.udp, ...this.tcp]) link.close();
    this.line.stop();
  }

  private setCut(from: string, to: string, isCut: boolean): boolean {
    const there = this.terms.get(`${from} ${to}`);
    const back = this.terms.get(`${to} ${from}`);
    if (there === undefined || back === undefined) return false;
    there.cutThere = isCut;
    back.cutBack = isCut;
    return true;
  }

  private async startSite(name: string): Promise<number> {
    const child = fork(SITE_PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.children.push(child);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`site ${name} does not start`)), SITE_START_MS_MAX);
      child.on('message', (message) => {
        const { port, links } = message as { port?: number; links?: readonly LinkFigures[] };
        if (links !== undefined) this.network.report(name, links);
        if (port === undefined) return;
        clearTimeout(late);
        resolve(port);
      });
      child.on('error', reject);
    });
  }
}
