/**
 * What the pages read over HTTP, each with how often it is read again, and the writes with what they make stale.
 */
import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  AccountList,
  AccountLimits,
  AccountLimitsList,
  AccountUsageList,
  KillPreview,
  KillReceipt,
  KillScopeName,
  KillSwitchList,
  KillTarget,
  PositionList,
  RestrictionList,
  RiskLimits,
} from '../../../src/api/schemas/accounts.ts';
import type { ApprovalList, ApprovalPending, TokenList, WhoAmI } from '../../../src/api/schemas/identity.ts';
import type { Instrument, InstrumentList } from '../../../src/api/schemas/instruments.ts';
import type {
  JournalStatus,
  LatencyList,
  OrderEntrySessionList,
  PlatformStatus,
} from '../../../src/api/schemas/operations.ts';
import { ApiRefusal, call } from './client.ts';

/** A refusal does not get better by asking again; an unanswered request is repeated once. */
const READ_RETRIES_MAX = 1;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, problem) => !(problem instanceof ApiRefusal) && failures < READ_RETRIES_MAX,
        refetchOnWindowFocus: false,
      },
    },
  });
}

export const keys = {
  whoami: ['whoami'],
  status: ['status'],
  instruments: ['instruments'],
  accounts: ['accounts'],
  killSwitches: ['kill-switches'],
  limits: ['limits'],
  usage: ['usage'],
  restrictions: ['restrictions'],
  approvals: ['approvals'],
  sessions: ['sessions'],
  tokens: ['tokens'],
} as const;

export function useWhoAmI() {
  return useQuery({
    queryKey: keys.whoami,
    queryFn: () => call<WhoAmI>('GET', '/whoami'),
    staleTime: 60_000,
  });
}

/** True once it is known that the user has the permission. */
export function useMay(permission: string): boolean {
  return useWhoAmI().data?.permissions.includes(permission) ?? false;
}

export function useStatus() {
  return useQuery({
    queryKey: keys.status,
    queryFn: () => call<PlatformStatus>('GET', '/trading/status'),
    refetchInterval: 5_000,
  });
}

export function useInstruments() {
  return useQuery({
    queryKey: keys.instruments,
    queryFn: async () => (await call<InstrumentList>('GET', '/trading/instruments')).instruments,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
}

export function useInstrument(symbol: string) {
  return useQuery({
    queryKey: [...keys.instruments, symbol],
    queryFn: () => call<Instrument>('GET', `/trading/instruments/${encodeURIComponent(symbol)}`),
    refetchInterval: 15_000,
  });
}

export function useAccounts() {
  return useQuery({
    queryKey: keys.accounts,
    queryFn: async () => (await call<AccountList>('GET', '/trading/accounts')).accounts,
    refetchInterval: 10_000,
  });
}

export function usePositions(account: number) {
  return useQuery({
    queryKey: ['positions', account],
    queryFn: async () => (await call<PositionList>('GET', `/trading/positions?account=${account}`)).positions,
    refetchInterval: 2_000,
  });
}

export function useKillSwitches() {
  return useQuery({
    queryKey: keys.killSwitches,
    queryFn: async () => (await call<KillSwitchList>('GET', '/trading/kill-switch')).engaged,
    refetchInterval: 5_000,
  });
}

/** What engaging would do; nothing is asked while `id` is null. */
export function useKillPreview(scope: KillScopeName, id: string | number | null) {
  return useQuery({
    queryKey: [...keys.killSwitches, 'preview', scope, id],
    queryFn: () =>
      call<KillPreview>('GET', `/trading/kill-switch/preview?scope=${scope}&id=${encodeURIComponent(String(id))}`),
    enabled: id !== null,
    refetchInterval: 2_000,
  });
}

export async function engageKillSwitch(target: KillTarget): Promise<KillReceipt> {
  return call<KillReceipt>('POST', '/trading/kill-switch/engage', target);
}

export async function requestKillRelease(target: KillTarget): Promise<ApprovalPending> {
  return call<ApprovalPending>('POST', '/trading/kill-switch/release', target);
}

export function useLimits() {
  return useQuery({
    queryKey: keys.limits,
    queryFn: async () => (await call<AccountLimitsList>('GET', '/trading/risk/limits')).accounts,
    refetchInterval: 10_000,
  });
}

export function useUsage() {
  return useQuery({
    queryKey: keys.usage,
    queryFn: async () => (await call<AccountUsageList>('GET', '/trading/risk/usage')).accounts,
    refetchInterval: 2_000,
  });
}

/** Lowering is done at once; where any limit rises, the answer is an approval that waits for someone else. */
export async function putLimits(account: number, limits: RiskLimits): Promise<AccountLimits | ApprovalPending> {
  return call<AccountLimits | ApprovalPending>('PUT', `/trading/risk/limits/${account}`, limits);
}

export function useRestrictions() {
  return useQuery({
    queryKey: keys.restrictions,
    queryFn: async () => (await call<RestrictionList>('GET', '/trading/risk/restrictions')).restrictions,
    refetchInterval: 10_000,
  });
}

export function useApprovals(state: 'pending' | 'all') {
  const may = useMay('approvals.read');
  return useQuery({
    queryKey: [...keys.approvals, state],
    queryFn: async () => (await call<ApprovalList>('GET', `/approvals?state=${state}`)).approvals,
    refetchInterval: 4_000,
    enabled: may,
  });
}

export function useSessions() {
  return useQuery({
    queryKey: keys.sessions,
    queryFn: async () => (await call<OrderEntrySessionList>('GET', '/trading/sessions')).sessions,
    refetchInterval: 4_000,
  });
}

export function useTokens() {
  return useQuery({
    queryKey: keys.tokens,
    queryFn: async () => (await call<TokenList>('GET', '/tokens')).tokens,
  });
}

export function useJournal() {
  return useQuery({
    queryKey: ['journal'],
    queryFn: () => call<JournalStatus>('GET', '/trading/journal'),
    refetchInterval: 5_000,
  });
}

export function useLatency() {
  return useQuery({
    queryKey: ['latency'],
    queryFn: () => call<LatencyList>('GET', '/trading/latency'),
    refetchInterval: 3_000,
  });
}

/** A write that makes the queries under `stale` be read again, whether it was done or refused. */
export function useWrite<Input, Answer>(
  write: (input: Input) => Promise<Answer>,
  stale: readonly (readonly string[])[],
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSettled: () => {
      for (const queryKey of stale) void client.invalidateQueries({ queryKey });
    },
  });
}
