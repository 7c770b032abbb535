/** What the page of the clusters reads: the clusters, their shards, what each loss means. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ClusterList, ShardList, TopologyPlan } from '../../../src/api/schemas/federation.ts';
import { call } from './client.ts';

export function useClusters() {
  return useQuery({
    queryKey: ['clusters'],
    queryFn: () => call<ClusterList>('GET', '/federation/clusters'),
    refetchInterval: 1_000,
    placeholderData: keepPreviousData,
  });
}

export function useShards() {
  return useQuery({
    queryKey: ['shards'],
    queryFn: () => call<ShardList>('GET', '/federation/shards'),
    refetchInterval: 2_000,
    placeholderData: keepPreviousData,
  });
}

/** It follows from the topology, which does not change while the platform runs. */
export function useTopologyPlan() {
  return useQuery({
    queryKey: ['topology-plan'],
    queryFn: () => call<TopologyPlan>('GET', '/federation/topology/plan'),
    staleTime: Infinity,
  });
}
