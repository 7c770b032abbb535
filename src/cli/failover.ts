/** `nautilus failover …`: whether the standby could take over, what a change would do, what changes cost, and making one. */
import type { FailoverDryRun, FailoverReadiness, FailoverRecord, Leadership } from '#api/schemas/failover.ts';
import { momentText, table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const MICROS_PER_MS = 1000;

export async function failoverList(address: PlatformAddress, limit: number): Promise<Result> {
  return withApi(address, async (ask) => {
    const { failovers } = await ask<{ failovers: FailoverRecord[] }>(`/federation/failovers?limit=${limit}`);
    const rows = failovers.map((failover) => [
      failover.failoverId,
      momentText(failover.requestedMicros),
      failover.kind,
      failover.state,
      `${failover.from ?? '—'} → ${failover.to}`,
      millisText(failover.outageMicros),
      String(failover.commandsLost ?? '—'),
      failover.by.join(' and '),
    ]);
    const headings = ['change', 'asked for', 'kind', 'state', 'leader', 'outage', 'lost', 'by'];
    return { json: { failovers }, lines: rows.length === 0 ? ['The leader never changed.'] : table(headings, rows) };
  });
}

export async function failoverShow(address: PlatformAddress, failoverId: string): Promise<Result> {
  return withApi(address, async (ask) => {
    const failover = await ask<FailoverRecord>(`/federation/failovers/${encodeURIComponent(failoverId)}`);
    const steps = failover.steps.map(({ name, tookMicros, detail }) => [name, millisText(tookMicros), detail]);
    const lines = [
      `${failover.kind} ${failover.failoverId}: ${failover.state}, ${failover.from ?? '—'} → ${failover.to}, ${failover.reason}`,
      ...(failover.failure === null ? [] : [failover.failure]),
      ...table(['step', 'took', ''], steps),
    ];
    return { json: failover, lines };
  });
}

export async function failoverReadiness(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const { now } = await ask<{ now: FailoverReadiness }>('/federation/readiness');
    const leadership = await ask<Leadership>('/federation/leadership');
    const members = leadership.members.map(({ member, role, epoch, lastSequence, lagCommands, address: at }) => [
      member,
      role,
      epoch,
      lastSequence,
      lagCommands,
      at,
    ]);
    const verdict = now.isReady ? `ready: ${now.candidate} could take over now` : 'NOT ready';
    return {
      json: { readiness: now, leadership },
      lines: [
        `Shard ${now.shard}, epoch ${now.epoch}, led by ${now.leader ?? 'nobody'}: ${verdict}`,
        ...table(['member', 'role', 'epoch', 'sequence', 'behind', 'order entry'], members),
        ...checkLines(now.checks),
      ],
    };
  });
}

export async function failoverDryRun(address: PlatformAddress, to: string): Promise<Result> {
  return withApi(address, async (ask) => {
    const run = await ask<FailoverDryRun>(`/federation/failovers/dry-run?to=${encodeURIComponent(to)}`);
    return {
      json: run,
      lines: [
        `${run.kind} ${run.from ?? '—'} → ${run.to}: ${NEEDS[run.needs]}`,
        `Orders that move   ${run.liveOrders}`,
        `Commands behind    ${run.lagCommands}`,
        `Expected gap       ${run.expectedGapMicros === null ? 'none measured yet' : millisText(run.expectedGapMicros)}`,
        `At risk            ${run.expectedLoss.journaled} acknowledged as journaled, ${run.expectedLoss.durable} as durable`,
        ...checkLines(run.checks),
        'Nothing was changed.',
      ],
    };
  });
}

export async function failoverExecute(address: PlatformAddress, to: string, reason: string): Promise<Result> {
  const send = async (ask: Parameters<Parameters<typeof withApi>[1]>[0]): Promise<Result> => {
    const receipt = await ask<{ failover: FailoverRecord; auditId: string }>('/federation/failovers', { to, reason });
    const { failover, auditId } = receipt;
    const lines = [
      `${failover.failoverId}: ${failover.kind} to ${failover.to}, ${failover.state}; on record as ${auditId}`,
      `It can be taken back while it is announced: nautilus failover abort ${failover.failoverId}`,
    ];
    return { json: receipt, lines };
  };
  return withApi(address, send, 'operator');
}

export async function failoverAbort(address: PlatformAddress, failoverId: string): Promise<Result> {
  return withApi(
    address,
    async (ask) => {
      const path = `/federation/failovers/${encodeURIComponent(failoverId)}/abort`;
      const receipt = await ask<{ failoverId: string; auditId: string }>(path, {});
      return { json: receipt, lines: [`${failoverId} is taken back; on record as ${receipt.auditId}`] };
    },
    'operator',
  );
}

const NEEDS = {
  one: 'every rule holds, one person may do it',
  two: 'rules do not hold that two people may pass',
  nobody: 'it cannot be done as things stand',
} as const;

function checkLines(checks: FailoverReadiness['checks']): string[] {
  return checks.map(({ name, holds, detail }) => `  ${holds ? 'yes' : 'NO '}  ${name}: ${detail}`);
}

function millisText(micros: number | null): string {
  return micros === null ? '—' : `${(micros / MICROS_PER_MS).toFixed(1)} ms`;
}
