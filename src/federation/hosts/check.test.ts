/** The host check on machines made of files, and on this one; the rendered profiles. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkHost, type HostFiles, type Verdict } from './check.ts';
import { thisMachine } from './machine.ts';
import { hostFiles } from './render.ts';
import { HOST_PROFILES, HOST_TIERS, TECHNIQUES, type Technique } from './techniques.ts';

function machine(texts: Readonly<Record<string, string>>): HostFiles {
  return {
    read: (path) => texts[path],
    list: (path) => {
      const below = Object.keys(texts).filter((file) => file.startsWith(`${path}/`));
      return below.length === 0
        ? undefined
        : [...new Set(below.map((file) => file.slice(path.length + 1).split('/', 1)[0] ?? ''))];
    },
  };
}

const primary = HOST_PROFILES[0];
const TUNED: Readonly<Record<string, string>> = {
  '/proc/self/maps': '7f00 r-xp /usr/lib/libonload.so.1',
  '/proc/self/status': 'Cpus_allowed_list:\t2-15\nMems_allowed_list:\t0',
  '/proc/meminfo': 'HugePages_Total:    4096\nHugePages_Free:     4000',
  '/proc/interrupts': '           CPU0\n  24:  1  PCI-MSI  eth0-TxRx-0\n  25:  1  PCI-MSI  eth0-TxRx-1\n   9:  0  acpi',
  '/proc/irq/24/smp_affinity_list': '0',
  '/proc/irq/25/smp_affinity_list': '0-1',
  '/sys/class/net/eth0/device/sriov_numvfs': '4',
  '/sys/class/net/eth0/device/numa_node': '0',
  '/sys/class/net/lo/mtu': '65536',
  '/sys/bus/pci/drivers/vfio-pci/0000:3b:00.1/class': '0x020000',
  '/sys/devices/system/cpu/isolated': '2-15',
  '/sys/devices/system/node/node0/cpulist': '0-7',
  '/sys/devices/system/node/node1/cpulist': '8-15',
  ...Object.fromEntries(
    Object.entries(primary?.settings ?? {}).map(([name, value]) => [`/proc/sys/${name.replaceAll('.', '/')}`, value]),
  ),
};

function verdicts(texts: Readonly<Record<string, string>>): Partial<Record<Technique, Verdict>> {
  const { findings } = checkHost('primary-trading', machine(texts));
  return Object.fromEntries(findings.map(({ technique, verdict }) => [technique, verdict]));
}

describe('the host check', () => {
  it('finds every technique in force on a machine that is set up', () => {
    expect(Object.values(verdicts(TUNED))).toEqual(TECHNIQUES.map(() => 'in force'));
  });

  it.each<[Technique, Record<string, string>]>([
    ['kernel-bypass', { '/proc/self/maps': '7f00 r-xp /usr/lib/libc.so.6' }],
    ['sr-iov', { '/sys/class/net/eth0/device/sriov_numvfs': '0' }],
    ['dpdk', { '/sys/bus/pci/drivers/vfio-pci/0000:3b:00.1/class': '' }],
    ['cpu-pinning', { '/sys/devices/system/cpu/isolated': '' }],
    ['numa', { '/proc/self/status': 'Cpus_allowed_list:\t2-15\nMems_allowed_list:\t0-1' }],
    ['huge-pages', { '/proc/meminfo': 'HugePages_Total:    12\nHugePages_Free:     0' }],
    ['irq-affinity', { '/proc/irq/25/smp_affinity_list': '0-5' }],
    ['tcp-tuning', { '/proc/sys/net/core/somaxconn': '128' }],
  ])('sees that %s alone is not in force', (technique, change) => {
    const texts: Record<string, string> = { ...TUNED, ...change };
    if (technique === 'dpdk') delete texts['/sys/bus/pci/drivers/vfio-pci/0000:3b:00.1/class'];
    if (technique === 'dpdk') texts['/sys/bus/pci/drivers/vfio-pci/module'] = '';
    const found = verdicts(texts);
    expect(found[technique]).toBe('not in force');
    expect(Object.values(found).filter((verdict) => verdict === 'in force')).toHaveLength(TECHNIQUES.length - 1);
  });

  it('does not call interrupts well placed on a machine without the processors to be kept free', () => {
    expect(verdicts({ ...TUNED, '/sys/devices/system/cpu/present': '0-1' })['irq-affinity']).toBe('not in force');
  });

  it('claims nothing where it can see nothing', () => {
    expect(Object.values(verdicts({}))).toEqual(TECHNIQUES.map(() => 'cannot be known here'));
  });

  it('gives evidence for every verdict on this very machine', () => {
    for (const tier of HOST_TIERS) {
      const { findings } = checkHost(tier, thisMachine);
      expect(findings.every(({ evidence }) => evidence.length > 0 && evidence.every((line) => line.length > 5))).toBe(
        true,
      );
    }
  });
});

describe('the rendered profiles', () => {
  it('are in deploy/hosts as the table says (else run `node tools/catalogues.ts`)', () => {
    const drifted = [...hostFiles()].filter(
      ([file, text]) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8') !== text,
    );
    expect(drifted.map(([file]) => file)).toEqual([]);
  });

  it('ask for each setting that the check looks for', () => {
    for (const { tier, settings } of HOST_PROFILES) {
      const text = hostFiles().get(`deploy/hosts/${tier}/90-nautilus.conf`) ?? '';
      for (const [name, value] of Object.entries(settings)) expect(text).toContain(`\n${name} = ${value}\n`);
    }
  });
});
