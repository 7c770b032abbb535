/**
 * What config/sites.yaml may say: markets with their hours, node classes, sites with what they cost and carry, and clients'
 * activities. Shapes and the checks that reach across them; reading the file is the composition's work.
 */
import { z } from 'zod';
import { COUNTRY_CODES, isInCountry, likelyMistake } from './geography.ts';

const identifier = z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/, 'an id is 2 to 40 of a–z 0–9 -');
const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time is "hh:mm"')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const timeZone = z.string().refine(isTimeZone, 'the machine knows no such time zone');
const country = z.enum(COUNTRY_CODES, 'a two-letter code of a country whose outline is known');
const money = z.number().nonnegative();

const marketSchema = z.strictObject({
  mic: z.string().regex(/^[A-Z0-9]{4}$/, 'a market identifier code has four letters or digits'),
  timeZone,
  /** Minutes of the local day. Equal times mean around the clock. */
  opens: clockTime,
  closes: clockTime,
  /** Its calendar in config/calendars.yaml, where there is one. */
  calendar: z.string().optional(),
});

export const NODE_CLASSES = ['ultra-edge', 'high-performance', 'standard', 'cache-only'] as const;
export type NodeClassName = (typeof NODE_CLASSES)[number];

const nodeClassSchema = z.strictObject({
  name: z.enum(NODE_CLASSES),
  /** Order to acknowledgement at the node, 99th percentile. */
  promisedMicros: z.number().positive(),
  loop: z.enum(['spin', 'hybrid', 'block']),
  /** Cores of its own that the trading thread needs. */
  isolatedCores: z.number().int().nonnegative(),
  hugePages: z.boolean(),
  v8Flags: z.array(z.string()),
  ackLevel: z.enum(['journaled', 'durable', 'replicated', 'replicated-durable']).nullable(),
  fsyncP99MicrosMax: z.number().positive().nullable(),
  clockDivergenceMicrosMax: z.number().positive(),
  loopP99MicrosMax: z.number().positive(),
  ordersPerSecond: z.number().int().nonnegative(),
  services: z.array(z.enum(['order-entry', 'market-data', 'cache', 'drop-copy'])).min(1),
});

const siteSchema = z.strictObject({
  id: identifier,
  name: z.string().min(1).max(60),
  kind: z.enum(['venue', 'cloud']),
  provider: z.string().min(1).max(40),
  region: z.string().min(1).max(40),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  country,
  jurisdiction: z.enum(['US', 'EU', 'UK', 'JP', 'HK', 'SG', 'AU', 'CH', 'CA', 'KR', 'IN', 'BR']),
  /** Market whose hours are the site's own; cloud regions may have none. */
  market: z.string().nullable(),
  nodeClasses: z.array(z.enum(NODE_CLASSES)).min(1),
  /** A month of the site before its first node: space, power, cross-connects. */
  siteCost: money,
  /** A month of one node. */
  nodeCost: money,
  nodesMax: z.number().int().min(1).max(1000),
  /** What one node carries at its class here. */
  nodeOrdersPerSecond: z.number().int().positive(),
});

const ACTIVITIES = [
  'high-frequency',
  'market-making',
  'arbitrage',
  'algorithmic',
  'execution',
  'discretionary',
] as const;

const activitySchema = z.strictObject({
  name: z.enum(ACTIVITIES),
  /** One way, client to node; an assignment over it is never made. */
  latencyMicrosMax: z.number().positive(),
  /** The same for the site that takes over when a provider is lost. */
  backupLatencyMicrosMax: z.number().positive(),
  /** What a microsecond of an order is worth beside the other activities. */
  latencyWeight: z.number().positive(),
});

const demandSchema = z.strictObject({
  id: identifier,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  activity: z.enum(ACTIVITIES),
  market: z.string(),
  ordersPerSecond: z.number().positive(),
  /** Value traded a day, in millions of the house currency. */
  volumeMillions: z.number().nonnegative(),
  jurisdictions: z.array(z.string()).min(1).optional(),
});

export const sitesFileSchema = z.strictObject({
  currency: z.string().length(3),
  /** How much longer routes are than the great circle, where nothing was measured. */
  routeFactor: z.number().min(1).max(5),
  markets: z.array(marketSchema).min(1),
  nodeClasses: z.array(nodeClassSchema).length(NODE_CLASSES.length),
  activities: z.array(activitySchema).length(ACTIVITIES.length),
  sites: z.array(siteSchema).min(1).max(200),
  demand: z.array(demandSchema).max(5000),
});

export type SitesFile = z.output<typeof sitesFileSchema>;
export type Site = z.output<typeof siteSchema>;
export type Market = z.output<typeof marketSchema>;
export type NodeClass = z.output<typeof nodeClassSchema>;
export type Demand = z.output<typeof demandSchema>;

/** A mistake, with where it is in the file. */
export interface SiteMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Everything that is wrong across the parts of a file whose shape is right. */
export function siteMistakes(file: SitesFile): SiteMistake[] {
  const markets = new Set(file.markets.map(({ mic }) => mic));
  return [
    ...repeated(
      file.markets.map(({ mic }) => mic),
      ['markets'],
      'mic',
    ),
    ...repeated(
      file.nodeClasses.map(({ name }) => name),
      ['nodeClasses'],
      'name',
    ),
    ...repeated(
      file.activities.map(({ name }) => name),
      ['activities'],
      'name',
    ),
    ...repeated(
      file.sites.map(({ id }) => id),
      ['sites'],
      'id',
    ),
    ...repeated(
      file.demand.map(({ id }) => id),
      ['demand'],
      'id',
    ),
    ...file.sites.flatMap((site, at) => mistakesOfSite(site, ['sites', at], markets)),
    ...file.demand
      .map(({ market }, at) => ({ market, at }))
      .filter(({ market }) => !markets.has(market))
      .map(({ market, at }) => ({ path: ['demand', at, 'market'], message: `there is no market "${market}"` })),
    ...file.activities.flatMap(({ latencyMicrosMax, backupLatencyMicrosMax }, at) =>
      backupLatencyMicrosMax >= latencyMicrosMax
        ? []
        : [{ path: ['activities', at, 'backupLatencyMicrosMax'], message: 'is lower than latencyMicrosMax' }],
    ),
  ];
}

function mistakesOfSite(site: Site, path: readonly PropertyKey[], markets: ReadonlySet<string>): SiteMistake[] {
  const mistakes: SiteMistake[] = [];
  if (!isInCountry(site, site.country)) {
    const guess = likelyMistake(site, site.country);
    const where = `${site.latitude}, ${site.longitude} is not in ${site.country}`;
    mistakes.push({ path: [...path, 'latitude'], message: guess === undefined ? where : `${where}: ${guess}` });
  }
  if (site.market !== null && !markets.has(site.market)) {
    mistakes.push({ path: [...path, 'market'], message: `there is no market "${site.market}"` });
  }
  return mistakes;
}

function repeated(names: readonly string[], path: readonly PropertyKey[], key: string): SiteMistake[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at ? [] : [{ path: [...path, at, key], message: `"${name}" is used twice` }],
  );
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
