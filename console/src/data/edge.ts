/** What the pages of the edge network read and ask for. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  CachePolicyMatrix,
  EdgeCacheList,
  EdgeSelfTest,
  EdgeSiteList,
  PlacementRun,
} from '../../../src/api/schemas/edge-network.ts';
import { call } from './client.ts';

const RUNNING_MS = 500;
const CACHES_MS = 3000;

export function useEdgeSites() {
  return useQuery({ queryKey: ['edge-sites'], queryFn: () => call<EdgeSiteList>('GET', '/edge/sites') });
}

export function useSelfTests() {
  return useQuery({
    queryKey: ['self-tests'],
    queryFn: () => call<{ selfTests: EdgeSelfTest[] }>('GET', '/edge/self-tests'),
  });
}

export function useRunSelfTest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<EdgeSelfTest>('POST', '/edge/self-tests'),
    onSuccess: () => client.invalidateQueries({ queryKey: ['self-tests'] }),
  });
}

/** The newest placement run, asked for again while it is being computed. */
export function useLatestPlacement() {
  return useQuery({
    queryKey: ['placement'],
    queryFn: async () => (await call<{ runs: PlacementRun[] }>('GET', '/edge/placement/runs')).runs[0] ?? null,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? RUNNING_MS : false),
  });
}

export function useStartPlacement() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { strategy: string; budget?: number }) =>
      call<PlacementRun>('POST', '/edge/placement/runs', body),
    onSuccess: (run) => client.setQueryData(['placement'], run),
  });
}

export function useEdgeCaches() {
  return useQuery({
    queryKey: ['edge-caches'],
    queryFn: () => call<EdgeCacheList>('GET', '/edge/caches'),
    refetchInterval: CACHES_MS,
  });
}

export function useCachePolicies() {
  return useQuery({
    queryKey: ['cache-policies'],
    queryFn: () => call<CachePolicyMatrix>('GET', '/edge/cache-policies'),
    staleTime: Infinity,
  });
}
