/**
 * Looks at this machine and says of each technique whether it is in force, with the evidence. Reads /proc and /sys and nothing else;
 * what these do not show is said to be unknowable, never assumed. Changes nothing.
 */
import { HOST_PROFILES, type HostProfile, type HostTier, type Technique } from './techniques.ts';

/** Reads of this machine. Both answer undefined where there is nothing, or no right to see it. */
export interface HostFiles {
  read(path: string): string | undefined;
  list(path: string): readonly string[] | undefined;
}

export type Verdict = 'in force' | 'not in force' | 'cannot be known here';

export interface Finding {
  readonly technique: Technique;
  readonly verdict: Verdict;
  /** What was read, and what it said. */
  readonly evidence: readonly string[];
}

export interface HostReport {
  readonly tier: HostTier;
  readonly findings: readonly Finding[];
}

const EVIDENCE_MAX = 12;
/** Libraries of kernel-bypass sockets, as they appear among a process's mapped files. */
const BYPASS_LIBRARIES = /lib(?:onload|vma|xlio)[^/]*\.so/;
/** Drivers that take a port from the kernel. */
const DPDK_DRIVERS = ['vfio-pci', 'uio_pci_generic', 'igb_uio'];

/** Checks this machine against a tier's profile. */
export function checkHost(tier: HostTier, files: HostFiles): HostReport {
  const profile = HOST_PROFILES.find((known) => known.tier === tier) as HostProfile;
  const findings = profile.techniques.map((technique): Finding => {
    const { verdict, evidence } = CHECKS[technique](profile, files);
    return { technique, verdict, evidence: evidence.slice(0, EVIDENCE_MAX) };
  });
  return { tier, findings };
}

type Check = (
  profile: HostProfile,
  files: HostFiles,
) => { readonly verdict: Verdict; readonly evidence: readonly string[] };

const unknown = (...evidence: string[]) => ({ verdict: 'cannot be known here', evidence }) as const;
const said = (isInForce: boolean, ...evidence: string[]) =>
  ({ verdict: isInForce ? 'in force' : 'not in force', evidence }) as const;

const CHECKS: Readonly<Record<Technique, Check>> = {
  'kernel-bypass': (_profile, files) => {
    const maps = files.read('/proc/self/maps');
    if (maps === undefined) return unknown('/proc/self/maps cannot be read');
    const found = BYPASS_LIBRARIES.exec(maps)?.[0];
    return said(
      found !== undefined,
      `/proc/self/maps ${found === undefined ? 'has no bypass library' : `has ${found}`} in this process`,
    );
  },
  'sr-iov': (_profile, files) => {
    const cards = networkCards(files);
    if (cards === undefined) return unknown('/sys/class/net cannot be read');
    if (cards.length === 0) return unknown('/sys/class/net shows no hardware card: a virtual machine hides it');
    const evidence = cards.map((card) => {
      const functions = files.read(`/sys/class/net/${card}/device/sriov_numvfs`);
      const isFunction = files.list(`/sys/class/net/${card}/device/physfn`) !== undefined;
      return {
        has: isFunction || Number(functions ?? 0) > 0,
        text: `${card}: ${isFunction ? 'is a virtual function' : `sriov_numvfs ${functions ?? 'is not there'}`}`,
      };
    });
    return said(
      evidence.some(({ has }) => has),
      ...evidence.map(({ text }) => text),
    );
  },
  dpdk: (_profile, files) => {
    const bound = DPDK_DRIVERS.map((driver) => ({
      driver,
      devices: files.list(`/sys/bus/pci/drivers/${driver}`)?.filter((name) => /^[0-9a-f]{4}:/.test(name)),
    }));
    if (files.list('/sys/bus/pci') === undefined)
      return unknown('/sys/bus/pci is not there: this machine shows no PCI bus');
    const evidence = bound.map(
      ({ driver, devices }) => `${driver}: ${devices === undefined ? 'not loaded' : `${devices.length} devices`}`,
    );
    return said(
      bound.some(({ devices }) => (devices?.length ?? 0) > 0),
      ...evidence,
    );
  },
  'cpu-pinning': ({ isolatedProcessors }, files) => {
    const isolated = files.read('/sys/devices/system/cpu/isolated');
    const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(files.read('/proc/self/status') ?? '')?.[1];
    if (isolated === undefined && allowed === undefined)
      return unknown('neither /sys/devices/system/cpu/isolated nor /proc/self/status can be read');
    const evidence = [
      `isolated: ${isolated === undefined ? 'cannot be read' : isolated === '' ? 'none' : isolated} (wanted ${isolatedProcessors})`,
      `processors this process may use: ${allowed ?? 'cannot be read'}`,
    ];
    return said(isolated === isolatedProcessors, ...evidence);
  },
  numa: (_profile, files) => {
    const nodes = files.list('/sys/devices/system/node')?.filter((name) => /^node\d+$/.test(name));
    if (nodes === undefined) return unknown('/sys/devices/system/node cannot be read');
    if (nodes.length === 1) return said(true, '1 NUMA node: all memory is local');
    const allowed = /^Mems_allowed_list:\s*(\S+)$/m.exec(files.read('/proc/self/status') ?? '')?.[1];
    const cards = (networkCards(files) ?? []).map(
      (card) => `${card}: node ${files.read(`/sys/class/net/${card}/device/numa_node`) ?? 'not told'}`,
    );
    return said(
      allowed !== undefined && /^\d+$/.test(allowed),
      `${nodes.length} NUMA nodes`,
      `memory this process may use: nodes ${allowed ?? 'not told'}`,
      ...cards,
    );
  },
  'huge-pages': ({ hugePages }, files) => {
    const meminfo = files.read('/proc/meminfo');
    if (meminfo === undefined) return unknown('/proc/meminfo cannot be read');
    const total = /^HugePages_Total:\s*(\d+)$/m.exec(meminfo)?.[1];
    if (total === undefined) return unknown('/proc/meminfo does not name huge pages: this kernel has none');
    const free = /^HugePages_Free:\s*(\d+)$/m.exec(meminfo)?.[1] ?? 'not told';
    return said(Number(total) >= hugePages, `HugePages_Total ${total} (wanted ${hugePages})`, `HugePages_Free ${free}`);
  },
  'irq-affinity': ({ isolatedProcessors }, files) => {
    const cards = networkCards(files) ?? [];
    const table = files.read('/proc/interrupts');
    if (table === undefined) return unknown('/proc/interrupts cannot be read');
    const lines = table
      .split('\n')
      .filter(
        (line) =>
          /virtio\d+-|-(?:TxRx|rx|tx)-?\d*/i.test(line) || cards.some((card) => new RegExp(`\\b${card}\\b`).test(line)),
      );
    const numbers = lines.flatMap((line) => /^\s*(\d+):/.exec(line)?.[1] ?? []);
    if (numbers.length === 0) return unknown('/proc/interrupts names no interrupt of a network card');
    const kept = expandList(isolatedProcessors);
    const present = expandList(files.read('/sys/devices/system/cpu/present') ?? isolatedProcessors);
    if (![...kept].some((processor) => present.has(processor))) {
      return said(false, `this machine has none of the processors ${isolatedProcessors} that are to be kept free`);
    }
    const affinities = numbers.map((number) => ({
      number,
      list:
        files.read(`/proc/irq/${number}/effective_affinity_list`) ??
        files.read(`/proc/irq/${number}/smp_affinity_list`),
    }));
    const unseen = affinities.filter(({ list }) => list === undefined);
    if (unseen.length === affinities.length) return unknown('the affinity of interrupts cannot be read');
    const strays = affinities.filter(
      ({ list }) => list !== undefined && [...expandList(list)].some((processor) => kept.has(processor)),
    );
    return said(
      strays.length === 0 && unseen.length === 0,
      `${numbers.length} interrupts of network cards, ${strays.length} of them on processors ${isolatedProcessors}`,
      ...strays.map(({ number, list }) => `interrupt ${number} on ${list}`),
    );
  },
  'tcp-tuning': ({ settings }, files) => {
    const read = Object.entries(settings).map(([name, wanted]) => ({
      name,
      wanted,
      value: files.read(`/proc/sys/${name.replaceAll('.', '/')}`)?.replaceAll(/\s+/g, ' '),
    }));
    if (read.every(({ value }) => value === undefined)) return unknown('/proc/sys cannot be read');
    const wrong = read.filter(({ value, wanted }) => value !== wanted);
    if (wrong.length === 0) return said(true, `${read.length} settings are as wanted`);
    return said(
      false,
      ...wrong.map(({ name, wanted, value }) => `${name} is ${value ?? 'not there'} (wanted ${wanted})`),
    );
  },
};

/** Cards with hardware behind them; undefined where this cannot be seen. */
function networkCards(files: HostFiles): string[] | undefined {
  return files.list('/sys/class/net')?.filter((card) => files.list(`/sys/class/net/${card}/device`) !== undefined);
}

/** `0-2,5` as numbers. */
function expandList(list: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of list.split(',')) {
    const [from, to = from] = part.split('-').map(Number);
    if (from === undefined || to === undefined || Number.isNaN(from) || part === '') continue;
    for (let number = from; number <= to; number++) numbers.add(number);
  }
  return numbers;
}
