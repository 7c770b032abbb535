/**
 * Whether this machine can keep what a class of node promises: each promise beside what was measured. A class is proven only
 * where every check passed; what could not be measured proves nothing. Judges readings, takes none.
 */
import type { MachineReading } from './machine.ts';
import type { NodeClass, NodeClassName } from './site.ts';

export interface ClassCheck {
  readonly check: 'loop' | 'fsync' | 'clock' | 'isolation' | 'affinity' | 'huge-pages';
  readonly state: 'passed' | 'failed' | 'unmeasured';
  readonly measured: number | null;
  readonly limit: number;
  readonly unit: 'µs' | 'cores' | 'pages';
  readonly detail: string;
}

export interface ClassVerdict {
  readonly nodeClass: NodeClassName;
  readonly proven: boolean;
  readonly checks: readonly ClassCheck[];
}

export interface SelfTest {
  readonly id: string;
  readonly timeMicros: number;
  readonly reading: MachineReading;
  readonly verdicts: readonly ClassVerdict[];
  /** The most demanding class that is proven; null where none is. */
  readonly best: NodeClassName | null;
}

/** Verdicts in the order of `classes`. */
export function judge(reading: MachineReading, classes: readonly NodeClass[]): ClassVerdict[] {
  return classes.map((nodeClass) => {
    const checks = checksOf(reading, nodeClass);
    return { nodeClass: nodeClass.name, proven: checks.every(({ state }) => state === 'passed'), checks };
  });
}

function checksOf(reading: MachineReading, nodeClass: NodeClass): ClassCheck[] {
  const { isolatedCores, allowedCores, hugePages, isHugePagesByDefault } = reading;
  const checks = [
    atMost('loop', reading.loopP99Micros, nodeClass.loopP99MicrosMax, 'turn of a spinning loop, 99th percentile'),
    atMost('clock', reading.clockDivergenceMicros, nodeClass.clockDivergenceMicrosMax, reading.clockSource),
  ];
  if (nodeClass.fsyncP99MicrosMax !== null) {
    checks.push(
      atMost('fsync', reading.fsyncP99Micros, nodeClass.fsyncP99MicrosMax, 'fdatasync of 4 KiB, 99th percentile'),
    );
  }
  if (nodeClass.isolatedCores > 0) {
    checks.push(
      atLeast('isolation', isolatedCores, nodeClass.isolatedCores, 'cores', '/sys/devices/system/cpu/isolated'),
      atLeast(
        'affinity',
        allowedCores,
        nodeClass.isolatedCores + 1,
        'cores',
        'cores this process may use: one for trading, one for the rest',
      ),
    );
  }
  if (nodeClass.hugePages) {
    const pages = isHugePagesByDefault ? Math.max(1, hugePages) : hugePages;
    checks.push(
      atLeast(
        'huge-pages',
        pages,
        1,
        'pages',
        isHugePagesByDefault ? 'transparent huge pages: always' : '/proc/meminfo',
      ),
    );
  }
  return checks;
}

function atMost(check: ClassCheck['check'], measured: number | null, limit: number, detail: string): ClassCheck {
  const state = measured === null ? 'unmeasured' : measured <= limit ? 'passed' : 'failed';
  return { check, state, measured, limit, unit: 'µs', detail };
}

function atLeast(
  check: ClassCheck['check'],
  measured: number,
  limit: number,
  unit: ClassCheck['unit'],
  detail: string,
): ClassCheck {
  return { check, state: measured >= limit ? 'passed' : 'failed', measured, limit, unit, detail };
}
