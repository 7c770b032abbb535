/** Traffic steering over HTTP: the same decision that the name server gives, with its reasons; targets, and taking one out. */
import { z } from 'zod';
import { DRAINED_SETTING } from '#federation/steering/conditions.ts';
import type { SteeringService } from '#federation/steering/service.ts';
import { writeSetting } from '#store/settings.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/steering.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];
const MILLISECOND_MICROS = 1000;

const clientQuery = z.strictObject({
  client: z.string().max(45).optional().describe('Address of the client; the asker’s own where absent'),
  at: z.string().max(63).optional().describe('Cluster the client is connected to: it stays there while that is fit'),
});
const targetParams = z.strictObject({ target: z.string().max(63) });

export function steeringRoutes(app: ApiServer, context: ApiContext, steering: SteeringService): void {
  readRoutes(app, steering);
  actRoutes(app, context, steering);

  app.get(
    '/steering/decision',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Where a client should connect, as the name server would answer',
        querystring: clientQuery,
        response: { 200: shapes.steeringDecisionSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { candidates: _, ...decision } = steering.explain(request.query.client ?? request.ip, request.query.at);
      return copied(decision);
    },
  );

  app.get(
    '/steering/explain',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Why a client is sent where it is sent: every target with what speaks for and against it',
        querystring: clientQuery,
        response: { 200: shapes.steeringExplanationSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const explanation = steering.explain(request.query.client ?? request.ip, request.query.at);
      return { ...copied(explanation), candidates: explanation.candidates.map((candidate) => ({ ...candidate })) };
    },
  );
}

/** Lists that an answer may own. */
function copied<
  T extends { readonly ipv4: readonly string[]; readonly ipv6: readonly string[]; readonly strategy: string },
>(answer: T) {
  const strategy = answer.strategy as 'latency';
  return { ...answer, strategy, ipv4: [...answer.ipv4], ipv6: [...answer.ipv6] };
}

function readRoutes(app: ApiServer, steering: SteeringService): void {
  app.get(
    '/steering/status',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'The name server and its table of locations',
        response: { 200: shapes.steeringStatusSchema, ...PROBLEMS },
      },
    },
    async () => {
      const status = steering.status();
      return { ...status, steered: [...status.steered], listen: [...status.listen], ports: [...status.ports] };
    },
  );

  app.get(
    '/steering/policies',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Routes, ceilings, strategies and the order of targets',
        response: { 200: shapes.steeringPolicyListSchema, ...PROBLEMS },
      },
    },
    async () => {
      const { policy } = steering;
      const routes = [...policy.routes, policy.fallback].map(({ name, clients, ceilingMicros, strategy, stages }) => ({
        name,
        clients,
        ceilingMs: ceilingMicros / MILLISECOND_MICROS,
        strategy,
        stages: stages.map((stage) => ({
          label: stage.label,
          strategy: stage.strategy,
          ceilingMs: stage.ceilingMicros / MILLISECOND_MICROS,
          targets: stage.members.map((member) => policy.targets[member].id),
        })),
      }));
      return {
        ttlSeconds: policy.ttlSeconds,
        spillAt: policy.spillAt,
        stickySeconds: policy.stickyMicros / 1_000_000,
        routes,
      };
    },
  );

  app.get(
    '/steering/targets',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Every cluster that clients can be sent to, and how it is',
        response: { 200: shapes.steeringTargetListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      targets: steering.policy.targets.map((target) => {
        const { state, sessions, drained, source } = steering.conditions.conditionOf(target.id);
        return {
          ...target,
          ipv4: [...target.ipv4],
          ipv6: [...target.ipv6],
          state,
          stateSource: source,
          sessions: sessions ?? null,
          drained,
        };
      }),
    }),
  );

  app.get(
    '/steering/export',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'The policy as an ExternalDNS resource, for a cloud’s DNS',
        querystring: z.strictObject({ provider: z.enum(['aws', 'google', 'azure']) }),
        response: { 200: shapes.dnsEndpointSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const resource = steering.export(request.query.provider);
      const endpoints = resource.spec.endpoints.map(({ targets, providerSpecific, ...rest }) => ({
        ...rest,
        targets: [...targets],
        ...(providerSpecific === undefined ? {} : { providerSpecific: [...providerSpecific] }),
      }));
      return { ...resource, spec: { endpoints } };
    },
  );
}

function actRoutes(app: ApiServer, context: ApiContext, steering: SteeringService): void {
  app.put(
    '/steering/targets/:target/condition',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Report how a cluster is; believed for 30 seconds',
        params: targetParams,
        body: shapes.conditionReportSchema,
        response: { 200: shapes.conditionReceiptSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { target } = known(steering, request.params.target);
      const { state, sessions } = request.body;
      const source = `reported by ${request.principal?.name ?? 'a program'}`;
      steering.conditions.report(target, { state, sessions, source });
      return { target, state };
    },
  );

  for (const [act, isDrained] of [
    ['drain', true],
    ['restore', false],
  ] as const) {
    app.post(
      `/steering/targets/:target/${act}`,
      {
        config: { permission: 'operations.write' },
        schema: {
          tags: TAGS,
          summary: isDrained ? 'Send no more clients to a cluster' : 'Let clients be sent to a cluster again',
          params: targetParams,
          response: { 200: shapes.drainReceiptSchema, ...PROBLEMS },
        },
      },
      async (request) => {
        const { target } = known(steering, request.params.target);
        const { auditId } = await context.recorded(request, { act: `steering.${act}`, target }, async () => {
          steering.conditions.setDrained(target, isDrained);
          const drained = steering.policy.targets
            .map(({ id }) => id)
            .filter((id) => steering.conditions.conditionOf(id).drained);
          await writeSetting(context.deps.store, DRAINED_SETTING, drained, request.principal?.name ?? '');
        });
        return { target, drained: isDrained, auditId };
      },
    );
  }
}

function known(steering: SteeringService, target: string): { readonly target: string } {
  if (!steering.conditions.has(target)) throw notFound(`steering target ${target}`);
  return { target };
}
