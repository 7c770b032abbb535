/** What the steering page reads: targets, one explanation, the name server, the latency matrix. */
import { useQuery } from '@tanstack/react-query';
import type { NetworkMatrix } from '../../../src/api/schemas/network.ts';
import type { SteeringExplanation, SteeringStatus, SteeringTargetList } from '../../../src/api/schemas/steering.ts';
import { call } from './client.ts';

export function useSteeringTargets() {
  return useQuery({
    queryKey: ['steering', 'targets'],
    queryFn: async () => (await call<SteeringTargetList>('GET', '/federation/steering/targets')).targets,
    refetchInterval: 4_000,
  });
}

export function useSteeringStatus() {
  return useQuery({
    queryKey: ['steering', 'status'],
    queryFn: () => call<SteeringStatus>('GET', '/federation/steering/status'),
    refetchInterval: 5_000,
  });
}

/** Why a client is sent where it is sent; asked for again while it is shown. */
export function useSteeringExplanation(client: string) {
  return useQuery({
    queryKey: ['steering', 'explain', client],
    queryFn: () =>
      call<SteeringExplanation>('GET', `/federation/steering/explain?client=${encodeURIComponent(client)}`),
    refetchInterval: 4_000,
    enabled: client !== '',
    retry: false,
  });
}

export function useNetworkMatrix() {
  return useQuery({
    queryKey: ['network', 'matrix'],
    queryFn: () => call<NetworkMatrix>('GET', '/federation/network/matrix'),
    refetchInterval: 5_000,
  });
}
