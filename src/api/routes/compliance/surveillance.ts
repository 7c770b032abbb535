/** Surveillance over HTTP: the queue of alerts with evidence and replay, cases, scenarios and their trial, back-tests. */
import { z } from 'zod';
import type { SurveillanceService } from '#compliance/surveillance/service.ts';
import type { ApprovalDesk } from '../../approvals.ts';
import { principalOf } from '../../authentication.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import {
  presentAlert,
  presentBackTest,
  presentCase,
  presentEvidence,
  presentScenario,
} from '../../present-surveillance.ts';
import { approvalPendingSchema } from '../../schemas/identity.ts';
import * as shapes from '../../schemas/surveillance.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['compliance'];
const ALERTS_LISTED_MAX = 200;
const READ = { permission: 'surveillance.read' } as const;
const WRITE = { permission: 'surveillance.write' } as const;

export function surveillanceRoutes(
  app: ApiServer,
  context: ApiContext,
  desk: ApprovalDesk,
  service: SurveillanceService,
): void {
  alertRoutes(app, context, service);
  caseRoutes(app, context, service);
  scenarioRoutes(app, context, desk, service);
  backTestRoutes(app, context, service);
}

function alertRoutes(app: ApiServer, context: ApiContext, service: SurveillanceService): void {
  const params = z.object({ alert: z.string() });
  app.get(
    '/compliance/alerts',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Alerts of surveillance, newest first',
        querystring: z.strictObject({
          state: z.enum(['open', 'in case', 'closed']).optional(),
          scenario: z.string().optional(),
          mode: z.enum(['live', 'shadow']).default('live'),
          before: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(ALERTS_LISTED_MAX).default(50),
        }),
        response: { 200: shapes.alertListSchema, ...PROBLEMS },
      },
    },
    async ({ query }) => {
      const { state, scenario, mode, before, limit } = query;
      const found = await service.desk.listAlerts({
        mode,
        limit: limit + 1,
        ...(state && { state }),
        ...(scenario && { scenario }),
        ...(before && { before }),
      });
      const page = found.slice(0, limit);
      return { alerts: page.map(presentAlert), next: found.length > limit ? (page.at(-1)?.alert_id ?? null) : null };
    },
  );

  app.get(
    '/compliance/alerts/:alert',
    {
      config: READ,
      schema: { tags: TAGS, summary: 'One alert', params, response: { 200: shapes.alertSchema, ...PROBLEMS } },
    },
    async (request) => presentAlert(await service.desk.alert(request.params.alert)),
  );

  app.get(
    '/compliance/alerts/:alert/evidence',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Orders, book and numbers as they were when it was found',
        params,
        response: { 200: shapes.evidenceSchema, ...PROBLEMS },
      },
    },
    async (request) => presentEvidence(await service.desk.alert(request.params.alert)),
  );

  app.get(
    '/compliance/alerts/:alert/replay',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The market around it, played again from the journal',
        params,
        response: { 200: shapes.replaySchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { alert, frames } = await service.replay(request.params.alert);
      return {
        alert: presentAlert(alert),
        frames: frames.map((frame) => ({
          ...frame,
          bids: pairs(frame.bids),
          asks: pairs(frame.asks),
          trades: pairs(frame.trades),
          acts: [...frame.acts],
        })),
      };
    },
  );

  for (const [path, act, summary] of [
    ['assign', 'alert.assign', 'Take an open alert on'],
    ['dismiss', 'alert.dismiss', 'Close an open alert as a false alarm'],
  ] as const) {
    app.post(
      `/compliance/alerts/:alert/${path}`,
      { config: WRITE, schema: { tags: TAGS, summary, params, response: { 200: shapes.alertSchema, ...PROBLEMS } } },
      async (request) => {
        const { alert } = request.params;
        const { value } = await context.recorded(request, { act, target: alert }, async () =>
          path === 'assign' ? service.desk.assignAlert(alert, principalOf(request)) : service.desk.dismissAlert(alert),
        );
        return presentAlert(value);
      },
    );
  }
}

function pairs(levels: readonly (readonly [number, number])[]): number[][] {
  return levels.map(([price, quantity]) => [price, quantity]);
}

function caseRoutes(app: ApiServer, context: ApiContext, service: SurveillanceService): void {
  const params = z.object({ case: z.string() });
  app.get(
    '/compliance/cases',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Cases, newest first',
        querystring: z.strictObject({ state: z.enum(['open', 'decided']).optional() }),
        response: { 200: shapes.caseListSchema, ...PROBLEMS },
      },
    },
    async ({ query }) => ({ cases: (await service.desk.listCases(query.state)).map(presentCase) }),
  );

  app.get(
    '/compliance/cases/:case',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One case with its alerts',
        params,
        response: { 200: shapes.caseWithAlertsSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { file, alerts } = await service.desk.case(request.params.case);
      return { case: presentCase(file), alerts: alerts.map(presentAlert) };
    },
  );

  app.post(
    '/compliance/cases',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Make a case of open alerts',
        body: shapes.openCaseSchema,
        response: { 201: shapes.caseSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { title, alertIds } = request.body;
      const act = { act: 'case.open', target: title, detail: request.body };
      const { value } = await context.recorded(request, act, async () =>
        service.desk.openCase(title, [...new Set(alertIds)], principalOf(request)),
      );
      return reply.code(201).send(presentCase(value));
    },
  );

  app.post(
    '/compliance/cases/:case/decide',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Decide a case for good; to report it drafts the report with its deadline',
        params,
        body: shapes.decideCaseSchema,
        response: { 200: shapes.caseWithAlertsSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { decision, reason } = request.body;
      const act = { act: 'case.decide', target: request.params.case, detail: request.body };
      const { value } = await context.recorded(request, act, async () =>
        service.desk.decideCase(request.params.case, decision, reason, principalOf(request)),
      );
      return { case: presentCase(value.file), alerts: value.alerts.map(presentAlert) };
    },
  );
}

function scenarioRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk, service: SurveillanceService): void {
  const params = z.object({ scenario: z.string() });
  desk.register('scenario.change', {
    permission: 'surveillance.write',
    async carryOut({ scenario, parameters, askedBy }) {
      const body = shapes.liveParametersSchema.parse({ parameters });
      await service.setLive(String(scenario), body.parameters, { userId: '', name: String(askedBy) });
      return `${String(scenario)} works with the new parameters`;
    },
  });

  app.get(
    '/compliance/scenarios',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every scenario: rules, parameters in force and on trial, how right it was',
        response: { 200: shapes.scenarioListSchema, ...PROBLEMS },
      },
    },
    async () => ({ scenarios: (await service.scenarios()).map(presentScenario) }),
  );

  app.put(
    '/compliance/scenarios/:scenario/shadow',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Try other parameters beside those in force; null ends the trial',
        params,
        body: shapes.shadowSchema,
        response: { 200: shapes.scenarioListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { scenario } = request.params;
      const act = { act: 'scenario.try', target: scenario, detail: request.body };
      await context.recorded(request, act, async () =>
        service.setShadow(scenario, request.body.parameters, principalOf(request)),
      );
      return {
        scenarios: (await service.scenarios()).filter((status) => status.scenario.id === scenario).map(presentScenario),
      };
    },
  );

  app.put(
    '/compliance/scenarios/:scenario/parameters',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Ask for other parameters to be put in force; a second person confirms it',
        params,
        body: shapes.liveParametersSchema,
        response: { 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { scenario } = request.params;
      const { parameters } = request.body;
      service.check(scenario, parameters);
      const changes = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
      const summary = `${scenario} will work with ${changes.length === 0 ? 'its defaults' : changes.join(', ')}`;
      const payload = { scenario, parameters, askedBy: principalOf(request).name };
      const approval = await desk.request(request, 'scenario.change', scenario, summary, payload);
      return reply.code(202).send({ approval });
    },
  );
}

function backTestRoutes(app: ApiServer, context: ApiContext, service: SurveillanceService): void {
  app.get(
    '/compliance/back-tests',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Back-tests, newest first',
        response: { 200: shapes.backTestListSchema, ...PROBLEMS },
      },
    },
    async () => ({ backTests: (await service.listBackTests()).map(presentBackTest) }),
  );

  app.get(
    '/compliance/back-tests/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One back-test',
        params: z.object({ id: z.string() }),
        response: { 200: shapes.backTestSchema, ...PROBLEMS },
      },
    },
    async (request) => presentBackTest(await service.backTest(request.params.id)),
  );

  app.post(
    '/compliance/back-tests',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Try a scenario’s parameters on the journal',
        body: shapes.startBackTestSchema,
        response: { 202: shapes.backTestSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { scenario, parameters, commands } = request.body;
      const act = { act: 'back-test.start', target: scenario, detail: request.body };
      const { value } = await context.recorded(request, act, async () =>
        service.startBackTest(scenario, parameters, commands, principalOf(request)),
      );
      return reply.code(202).send(presentBackTest(value));
    },
  );
}
