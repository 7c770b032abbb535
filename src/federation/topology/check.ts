/**
 * Finds what is wrong with a topology: every violation, with its code, its place in the document, and a sentence for the
 * person who wrote it. Pure: gives findings, never stops anything and never repairs.
 */
import { addressCount, parseAddressRange, rangesOverlap, type AddressRange } from './address-range.ts';
import { checkShards } from './check-shards.ts';
import { greatCircleKm } from '#kit/geography.ts';
import { isCluster, regionOf, sitesOf, type Cluster, type Site, type Topology } from './model.ts';
import { violation, type TopologyPath, type Violation } from './violation.ts';

/** Sites in one region of one provider that are farther apart contradict each other. */
const REGION_SPAN_KM_MAX = 500;
const LATITUDE_MAX = 90;
const LONGITUDE_MAX = 180;
const KEY_BYTES = 32;

/** Every violation, in order of the document; none for a topology that keeps all its promises. */
export function checkTopology(topology: Topology): Violation[] {
  return [
    ...checkNames(topology),
    ...checkHome(topology),
    ...checkSites(topology),
    ...checkAddresses(topology),
    ...checkDisasterRecovery(topology),
    ...checkShards(topology),
    ...checkObservers(topology),
    ...checkMembers(topology),
  ];
}

/** Where a site stands in the document. */
function sitePath(topology: Topology, site: Site): TopologyPath {
  const at = topology.clusters.findIndex((cluster) => cluster === site);
  return at >= 0 ? ['clusters', at] : ['witnesses', topology.witnesses.findIndex((witness) => witness === site)];
}

function checkNames(topology: Topology): Violation[] {
  const sites = sitesOf(topology).map((site) => ({ name: site.name, path: [...sitePath(topology, site), 'name'] }));
  const named = (list: 'shards' | 'residency' | 'members') =>
    topology[list].map((item, at) => ({ name: item.name, path: [list, at, 'name'] }));
  return [sites, named('shards'), named('residency'), named('members')].flatMap((names) =>
    names
      .filter(({ name }, at) => names.findIndex((other) => other.name === name) !== at)
      .map(({ name, path }) => violation('TOPOLOGY_DUPLICATE_NAME', path, `"${name}" is used twice`)),
  );
}

function checkHome({ home, clusters }: Topology): Violation[] {
  if (clusters.some(({ name }) => name === home)) return [];
  return [violation('TOPOLOGY_UNKNOWN_REFERENCE', ['home'], `there is no cluster "${home}"`)];
}

function checkSites(topology: Topology): Violation[] {
  const sites = sitesOf(topology);
  return sites.flatMap((site, at) => {
    const path = sitePath(topology, site);
    const found: Violation[] = [];
    const { latitude, longitude } = site.coordinates;
    const place = [...path, 'coordinates'];
    if (!(Math.abs(latitude) <= LATITUDE_MAX && Math.abs(longitude) <= LONGITUDE_MAX)) {
      found.push(violation('TOPOLOGY_COORDINATES', place, `${latitude}, ${longitude} is no place on earth`));
    } else {
      const far = sites.slice(0, at).find((other) => isFarInOneRegion(site, other));
      if (far !== undefined) {
        const km = Math.round(greatCircleKm(site.coordinates, far.coordinates));
        const message = `${km} km from ${far.name}, which is in the same region ${site.region}`;
        found.push(violation('TOPOLOGY_COORDINATES', place, message));
      }
    }
    if (!topology.failureDomains.includes(site.failureDomain)) {
      const message = `there is no failure domain "${site.failureDomain}"`;
      found.push(violation('TOPOLOGY_UNKNOWN_REFERENCE', [...path, 'failureDomain'], message));
    }
    if (isCluster(site) && site.nodes.max < site.nodes.min) {
      const message = `at most ${site.nodes.max} nodes, but at least ${site.nodes.min}`;
      found.push(violation('TOPOLOGY_NODE_RANGE', [...path, 'nodes'], message));
    }
    return found;
  });
}

function isFarInOneRegion(a: Site, b: Site): boolean {
  if (a.provider !== b.provider || a.region !== b.region) return false;
  return greatCircleKm(a.coordinates, b.coordinates) > REGION_SPAN_KM_MAX;
}

function checkAddresses(topology: Topology): Violation[] {
  const seen: { readonly site: Site; readonly range: AddressRange }[] = [];
  return sitesOf(topology).flatMap((site) => {
    const path = [...sitePath(topology, site), 'addressRange'];
    const range = parseAddressRange(site.addressRange);
    if (range === undefined) {
      return [violation('TOPOLOGY_ADDRESS_RANGE', path, `"${site.addressRange}" is not a range`)];
    }
    const overlaps = seen
      .filter((other) => rangesOverlap(range, other.range))
      .map(({ site: other }) => {
        const message = `${site.addressRange} overlaps ${other.addressRange} of ${other.name}`;
        return violation('TOPOLOGY_ADDRESS_OVERLAP', path, message);
      });
    seen.push({ site, range });
    if (!isCluster(site) || addressCount(range) >= BigInt(site.nodes.max)) return overlaps;
    const message = `${addressCount(range)} addresses for ${site.nodes.max} nodes`;
    return [...overlaps, violation('TOPOLOGY_ADDRESS_ROOM', path, message)];
  });
}

function checkDisasterRecovery(topology: Topology): Violation[] {
  const { clusters } = topology;
  return clusters.flatMap((cluster, at) => {
    const path = ['clusters', at];
    if (cluster.tier === 'primary-trading' && !clusters.some(({ drFor }) => drFor === cluster.name)) {
      return [violation('TOPOLOGY_DR_MISSING', path, `no cluster has drFor: ${cluster.name}`)];
    }
    if (cluster.tier === 'disaster-recovery' && cluster.drFor === undefined) {
      return [violation('TOPOLOGY_DR_TIER', path, 'a disaster-recovery cluster needs drFor')];
    }
    return cluster.drFor === undefined ? [] : checkPair(topology, cluster, cluster.drFor, [...path, 'drFor']);
  });
}

function checkPair({ clusters }: Topology, recovery: Cluster, drFor: string, path: TopologyPath): Violation[] {
  const original = clusters.find(({ name }) => name === drFor);
  if (original === undefined) return [violation('TOPOLOGY_UNKNOWN_REFERENCE', path, `there is no cluster "${drFor}"`)];
  const found: Violation[] = [];
  if (recovery.tier !== 'disaster-recovery' || original.tier !== 'primary-trading') {
    const message = `a ${recovery.tier} cluster cannot stand in for a ${original.tier} cluster`;
    found.push(violation('TOPOLOGY_DR_TIER', path, message));
  }
  if (recovery.provider === original.provider) {
    const message = `both are on ${recovery.provider}: ${recovery.name} and ${original.name}`;
    found.push(violation('TOPOLOGY_DR_SAME_PROVIDER', path, message));
  }
  if (recovery.failureDomain === original.failureDomain) {
    const message = `both are in ${recovery.failureDomain}: ${recovery.name} and ${original.name}`;
    found.push(violation('TOPOLOGY_DR_SAME_PLACE', path, message));
  }
  return found;
}

function checkObservers(topology: Topology): Violation[] {
  const { observers, regionsMin, providersMin } = topology.detection;
  const sites = sitesOf(topology);
  const unknown = observers.flatMap((name, at) =>
    sites.some((site) => site.name === name)
      ? []
      : [violation('TOPOLOGY_UNKNOWN_REFERENCE', ['detection', 'observers', at], `there is no site "${name}"`)],
  );
  const twice = observers.flatMap((name, at) =>
    observers.indexOf(name) === at
      ? []
      : [violation('TOPOLOGY_DUPLICATE_NAME', ['detection', 'observers', at], `"${name}" is used twice`)],
  );
  const watching = sites.filter((site) => observers.includes(site.name));
  const providers = [...new Set(watching.map((site) => site.provider))];
  const path = ['detection', 'observers'];
  if (providers.length < providersMin) {
    const message = `they are on ${providers.length} providers, ${providersMin} must agree`;
    return [...unknown, ...twice, violation('TOPOLOGY_OBSERVERS_FEW', path, message)];
  }
  const short = providers.flatMap((lost) => {
    const left = watching.filter((site) => site.provider !== lost);
    const regions = new Set(left.map(regionOf)).size;
    const leftProviders = new Set(left.map((site) => site.provider)).size;
    const isMajority = left.length * 2 > observers.length;
    if (isMajority && regions >= regionsMin && leftProviders >= providersMin) return [];
    const message = `without ${lost}, ${left.length} of ${observers.length} observers in ${regions} regions on ${leftProviders} providers are left`;
    return [violation('TOPOLOGY_OBSERVERS_FEW', path, message)];
  });
  return [...unknown, ...twice, ...short];
}

function checkMembers({ members, clusters, witnesses }: Topology): Violation[] {
  const names = new Set([...clusters, ...witnesses].map(({ name }) => name));
  return members.flatMap((member, at) => {
    const found: Violation[] = [];
    if (!names.has(member.cluster)) {
      const message = `there is no cluster "${member.cluster}"`;
      found.push(violation('TOPOLOGY_UNKNOWN_REFERENCE', ['members', at, 'cluster'], message));
    }
    const path = ['members', at, 'publicKey'];
    if (!isKey(member.publicKey)) {
      found.push(violation('TOPOLOGY_MEMBER_KEY', path, 'is not the base64 of 32 bytes'));
    } else if (members.findIndex(({ publicKey }) => publicKey === member.publicKey) !== at) {
      found.push(violation('TOPOLOGY_MEMBER_KEY', path, 'is the key of another member'));
    }
    return found;
  });
}

function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES && bytes.toString('base64') === text;
}
