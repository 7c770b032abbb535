/** What the failover page reads, and the acts it asks for. Never takes silence for a refusal. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type {
  FailoverDryRun,
  FailoverReadiness,
  FailoverRecord,
  FailoverRecords,
  Leadership,
} from '../../../src/api/schemas/failover.ts';
import type { ApprovalPending } from '../../../src/api/schemas/identity.ts';
import { call } from './client.ts';

/** A switchover is announced for a second and done in less: it must be seen while it goes on. */
const LEADERSHIP_MS = 500;
const UNDER_WAY_MS = 250;
const READ_MS = 1_000;
const RECORDS_MS = 4_000;
/** The controller gives up a step after 15 s, and a change has a few. */
const END_MS_MAX = 60_000;

/** Changes shown in the timeline. */
const FAILOVERS_SHOWN_MAX = 12;

/** Who leads and whether another could, read at one time so that both tell of the same moment. */
export function useShardLeadership() {
  return useQuery({
    queryKey: ['failover', 'leadership'],
    queryFn: async () => {
      const [led, { now }] = await Promise.all([
        call<Leadership>('GET', '/federation/leadership'),
        call<{ now: FailoverReadiness }>('GET', '/federation/readiness'),
      ]);
      return { led, now };
    },
    refetchInterval: LEADERSHIP_MS,
    placeholderData: keepPreviousData,
  });
}

export function useFailovers() {
  return useQuery({
    queryKey: ['failover', 'list'],
    queryFn: async () => {
      const path = `/federation/failovers?limit=${FAILOVERS_SHOWN_MAX}`;
      return (await call<{ failovers: FailoverRecord[] }>('GET', path)).failovers;
    },
    refetchInterval: READ_MS,
  });
}

/** One change while it goes on; nothing is asked while `failoverId` is null. */
export function useFailover(failoverId: string | null) {
  return useQuery({
    queryKey: ['failover', 'one', failoverId],
    queryFn: () => readFailover(failoverId ?? ''),
    refetchInterval: UNDER_WAY_MS,
    enabled: failoverId !== null,
  });
}

export function useFailoverRecords() {
  return useQuery({
    queryKey: ['failover', 'records'],
    queryFn: () => call<FailoverRecords>('GET', '/federation/failover-records'),
    refetchInterval: RECORDS_MS,
  });
}

/** What a change to `to` would do, renewed while `isAsked`. */
export function useDryRun(to: string, isAsked: boolean) {
  return useQuery({
    queryKey: ['failover', 'dry-run', to],
    queryFn: () => call<FailoverDryRun>('GET', `/federation/failovers/dry-run?to=${encodeURIComponent(to)}`),
    refetchInterval: READ_MS,
    enabled: isAsked,
  });
}

export async function requestFailover(to: string, reason: string) {
  return call<{ failover: FailoverRecord; auditId: string }>('POST', '/federation/failovers', { to, reason });
}

/** Past rules that can be forced: waits for a second person. */
export async function requestForcedFailover(to: string, reason: string): Promise<ApprovalPending> {
  return call<ApprovalPending>('POST', '/federation/failovers/force', { to, reason });
}

export async function abortFailover(failoverId: string) {
  return call<{ failoverId: string; auditId: string }>(
    'POST',
    `/federation/failovers/${encodeURIComponent(failoverId)}/abort`,
    {},
  );
}

/** The change once it has ended; undefined when that could not be learned within a minute. */
export async function endOfFailover(failoverId: string): Promise<FailoverRecord | undefined> {
  const endMs = performance.now() + END_MS_MAX;
  while (performance.now() < endMs) {
    const record = await readFailover(failoverId).catch(() => undefined);
    if (record !== undefined && record.endedMicros !== null) return record;
    await new Promise((resolve) => {
      setTimeout(resolve, UNDER_WAY_MS);
    });
  }
  return undefined;
}

async function readFailover(failoverId: string): Promise<FailoverRecord> {
  return call<FailoverRecord>('GET', `/federation/failovers/${encodeURIComponent(failoverId)}`);
}
