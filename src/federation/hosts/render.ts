/**
 * Host profiles as files that systems read: sysctl, systemd units, kernel arguments, and Kubernetes manifests (Guaranteed pods need
 * the kubelet's static policies, which are rendered too). The files under deploy/hosts are exactly what this gives.
 */
import { stringify } from 'yaml';
import { HOST_PROFILES, TECHNIQUE_TEXT, type HostProfile } from './techniques.ts';

const YAML = { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' } as const;
const HUGE_PAGE_MEBIBYTES = 2;
const NOTE = '# Derived from src/federation/hosts/techniques.ts: change it there, then run node tools/catalogues.ts\n';
/** Beyond the isolated processors' share; the node's own need is in docs/edge.md. */
const NODE_MEMORY = '16Gi';

/** Every file of every tier, by its path in the repository. */
export function hostFiles(): ReadonlyMap<string, string> {
  return new Map(
    HOST_PROFILES.flatMap((profile) => {
      const folder = `deploy/hosts/${profile.tier}`;
      const files: [string, string][] = [
        [`${folder}/90-nautilus.conf`, sysctlFile(profile)],
        [`${folder}/nautilus-node.conf`, serviceDropIn(profile)],
        [`${folder}/kubernetes.yaml`, kubernetesFile(profile)],
      ];
      const cmdline = kernelArguments(profile);
      if (cmdline !== '') files.push([`${folder}/kernel-arguments`, `${cmdline}\n`]);
      return files;
    }),
  );
}

/** For /etc/sysctl.d. */
function sysctlFile({ settings, hugePages }: HostProfile): string {
  const all = hugePages === 0 ? settings : { ...settings, 'vm.nr_hugepages': String(hugePages) };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  return `${NOTE}${lines.toSorted((one, other) => (one < other ? -1 : 1)).join('\n')}\n`;
}

/** For /etc/systemd/system/nautilus-node.service.d: what the service may use, and the interrupts it must not see. */
function serviceDropIn({ techniques, isolatedProcessors, systemProcessors }: HostProfile): string {
  const lines = ['[Service]', 'LimitMEMLOCK=infinity', 'LimitNOFILE=1048576'];
  if (techniques.includes('cpu-pinning')) {
    lines.push(`CPUAffinity=${isolatedProcessors}`, 'CPUSchedulingPolicy=fifo', 'CPUSchedulingPriority=50');
  }
  if (techniques.includes('numa')) lines.push('NUMAPolicy=bind', 'NUMAMask=0');
  if (techniques.includes('kernel-bypass'))
    lines.push('# With a card that has it: ExecStart= through onload --profile=latency');
  if (techniques.includes('irq-affinity')) {
    // Twice the dollar: systemd would take one for a variable of its own.
    const keep = `for irq in /proc/irq/[0-9]*; do echo ${systemProcessors} > "$$irq/smp_affinity_list" || true; done`;
    lines.push('# Some interrupts cannot be moved: the check says which of the network card are not.');
    lines.push(`ExecStartPre=+/bin/sh -c '${keep}'`);
  }
  return `${NOTE}${lines.join('\n')}\n`;
}

/** For the boot loader; empty where the tier asks for none. */
function kernelArguments({ techniques, isolatedProcessors, systemProcessors, hugePages }: HostProfile): string {
  const words: string[] = [];
  if (techniques.includes('cpu-pinning')) {
    words.push(
      `isolcpus=managed_irq,domain,${isolatedProcessors}`,
      `nohz_full=${isolatedProcessors}`,
      `rcu_nocbs=${isolatedProcessors}`,
    );
  }
  if (techniques.includes('irq-affinity')) words.push(`irqaffinity=${systemProcessors}`);
  if (techniques.includes('huge-pages')) words.push(`hugepagesz=${HUGE_PAGE_MEBIBYTES}M`, `hugepages=${hugePages}`);
  if (techniques.includes('sr-iov') || techniques.includes('dpdk')) words.push('intel_iommu=on', 'iommu=pt');
  return words.join(' ');
}

function kubernetesFile(profile: HostProfile): string {
  const { tier, techniques, systemProcessors } = profile;
  const documents: object[] = [];
  if (techniques.includes('cpu-pinning')) {
    documents.push({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cpuManagerPolicy: 'static',
      reservedSystemCPUs: systemProcessors,
      ...(techniques.includes('numa') ? { topologyManagerPolicy: 'single-numa-node' } : {}),
    });
  }
  documents.push({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `nautilus-host-${tier}`, labels: { 'app.kubernetes.io/part-of': 'nautilus' } },
    data: {
      '90-nautilus.conf': sysctlFile(profile),
      techniques: `${techniques.map((name) => `${name}: ${TECHNIQUE_TEXT[name]}`).join('\n')}\n`,
    },
  });
  documents.push(resourceClaims(profile));
  return `${NOTE}${documents.map((document) => stringify(document, YAML)).join('---\n')}`;
}

/** What the node's container asks for: whole processors and equal limits make it Guaranteed, which pinning needs. */
function resourceClaims({ tier, techniques, hugePages }: HostProfile): object {
  const amounts: Record<string, string> = { cpu: techniques.includes('cpu-pinning') ? '4' : '2', memory: NODE_MEMORY };
  if (techniques.includes('huge-pages')) amounts['hugepages-2Mi'] = `${(hugePages / 2) * HUGE_PAGE_MEBIBYTES}Mi`;
  if (techniques.includes('sr-iov')) amounts['nautilus.trading/sriov-vf'] = '1';
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: `nautilus-node-${tier}` },
    spec: { limits: [{ type: 'Container', default: amounts, defaultRequest: amounts }] },
  };
}
