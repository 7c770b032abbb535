/**
 * The eight network techniques, and what each tier of clusters wants of them. One table: the files under deploy/hosts are rendered
 * from it, and `nautilus host check` looks for exactly what it says.
 */

export const TECHNIQUES = [
  'kernel-bypass',
  'sr-iov',
  'dpdk',
  'cpu-pinning',
  'numa',
  'huge-pages',
  'irq-affinity',
  'tcp-tuning',
] as const;
export type Technique = (typeof TECHNIQUES)[number];

export const HOST_TIERS = ['primary-trading', 'regional-hub', 'disaster-recovery', 'analytics'] as const;
export type HostTier = (typeof HOST_TIERS)[number];

/** What each technique is, for people. */
export const TECHNIQUE_TEXT: Readonly<Record<Technique, string>> = {
  'kernel-bypass': 'sockets served in user space by the network card’s library (Onload, VMA), without the kernel',
  'sr-iov': 'a virtual function of the network card given to the workload alone',
  dpdk: 'a network port taken from the kernel and polled by a user-space driver',
  'cpu-pinning': 'processors that the scheduler gives to the node alone',
  numa: 'memory and network card on the node’s own socket',
  'huge-pages': 'memory in pages of 2 MiB, so that addresses are looked up less often',
  'irq-affinity': 'interrupts of the network card kept off the node’s processors',
  'tcp-tuning': 'kernel settings for short queues and quick answers',
};

/** Kernel settings of one tier: path below /proc/sys with dots, and the value as the kernel shows it. */
type Settings = Readonly<Record<string, string>>;

export interface HostProfile {
  readonly tier: HostTier;
  /** Techniques asked for; one that is not, is neither rendered nor checked. */
  readonly techniques: readonly Technique[];
  /** Processors of the host that the node has for itself, as the kernel writes lists. */
  readonly isolatedProcessors: string;
  /** Processors left for the system and for interrupts. */
  readonly systemProcessors: string;
  readonly hugePages: number;
  readonly settings: Settings;
}

/** Answers that must not wait: no delays for saving power or gathering data, room for bursts. */
const LOW_LATENCY: Settings = {
  'net.core.busy_poll': '50',
  'net.core.busy_read': '50',
  'net.core.netdev_max_backlog': '16384',
  'net.core.rmem_max': '33554432',
  'net.core.somaxconn': '8192',
  'net.core.wmem_max': '33554432',
  'net.ipv4.tcp_slow_start_after_idle': '0',
  'net.ipv4.tcp_timestamps': '1',
  'vm.swappiness': '0',
};

/** Long paths full of data: large windows, a congestion control that bears loss. */
const WIDE_AREA: Settings = {
  'net.core.netdev_max_backlog': '8192',
  'net.core.rmem_max': '67108864',
  'net.core.somaxconn': '4096',
  'net.core.wmem_max': '67108864',
  'net.ipv4.tcp_congestion_control': 'bbr',
  'net.ipv4.tcp_slow_start_after_idle': '0',
  'vm.swappiness': '1',
};

export const HOST_PROFILES: readonly HostProfile[] = [
  {
    tier: 'primary-trading',
    techniques: TECHNIQUES,
    isolatedProcessors: '2-15',
    systemProcessors: '0-1',
    hugePages: 4096,
    settings: LOW_LATENCY,
  },
  {
    tier: 'regional-hub',
    techniques: ['sr-iov', 'cpu-pinning', 'numa', 'huge-pages', 'irq-affinity', 'tcp-tuning'],
    isolatedProcessors: '2-7',
    systemProcessors: '0-1',
    hugePages: 1024,
    settings: LOW_LATENCY,
  },
  {
    tier: 'disaster-recovery',
    techniques: ['cpu-pinning', 'huge-pages', 'irq-affinity', 'tcp-tuning'],
    isolatedProcessors: '2-7',
    systemProcessors: '0-1',
    hugePages: 1024,
    settings: { ...WIDE_AREA, 'net.core.busy_poll': '50', 'net.core.busy_read': '50' },
  },
  {
    tier: 'analytics',
    techniques: ['tcp-tuning'],
    isolatedProcessors: '',
    systemProcessors: '',
    hugePages: 0,
    settings: WIDE_AREA,
  },
];
