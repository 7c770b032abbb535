/**
 * Builds the HTTP server: security first, then routes, then the stream, the reference and the console. `buildApi` opens no
 * port and knows no files but the console's; its caller listens and closes.
 */
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { ApprovalDesk } from './approvals.ts';
import { Authenticator, guardRoutes } from './authentication.ts';
import { serveConsole } from './console-files.ts';
import { ApiContext, type ApiServer } from './context.ts';
import { API_ERRORS, ApiFailure } from './errors.ts';
import { answerFailures } from './failures.ts';
import { countRequests } from './metrics.ts';
import { describeApi, serveReference } from './openapi.ts';
import type { ApiDependencies } from './ports.ts';
import { accountRoutes } from './routes/accounts.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { auditRoutes } from './routes/compliance/audit.ts';
import { reportRoutes } from './routes/compliance/reports.ts';
import { surveillanceRoutes } from './routes/compliance/surveillance.ts';
import { cacheRoutes } from './routes/edge/caches.ts';
import { performanceRoutes } from './routes/edge/performance.ts';
import { placementRoutes } from './routes/edge/placement.ts';
import { siteRoutes } from './routes/edge/sites.ts';
import { clusterRoutes, topologyRoutes } from './routes/federation/clusters.ts';
import { detectionRoutes } from './routes/federation/detection.ts';
import { memberRoutes } from './routes/federation/members.ts';
import { failoverRoutes } from './routes/federation/failovers.ts';
import { hostRoutes } from './routes/federation/hosts.ts';
import { networkRoutes } from './routes/federation/network.ts';
import { steeringRoutes } from './routes/federation/steering.ts';
import { identityRoutes } from './routes/identity.ts';
import { instrumentRoutes } from './routes/instruments.ts';
import { killSwitchRoutes } from './routes/kill-switch.ts';
import { marketDataRoutes } from './routes/market-data.ts';
import { marketRoutes } from './routes/markets.ts';
import { mlRoutes } from './routes/ml/routes.ts';
import { operationsRoutes } from './routes/operations.ts';
import { orderListRoutes } from './routes/order-lists.ts';
import { orderRoutes } from './routes/orders.ts';
import { peopleRoutes } from './routes/people.ts';
import { planeRoutes } from './routes/planes.ts';
import { catalogueRoutes, healthRoutes } from './routes/platform.ts';
import { riskRoutes } from './routes/risk.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { StreamHub } from './stream/hub.ts';
import { Overview } from './stream/overview.ts';
import { acceptStreams } from './stream/upgrade.ts';

const BODY_BYTES_MAX = 64 << 10;
const REQUEST_TIMEOUT_MS = 30_000;

/** The server, ready to listen. Closing it ends its streams. */
export async function buildApi(deps: ApiDependencies): Promise<FastifyInstance> {
  const logging = deps.logger === undefined ? { logger: false } : { loggerInstance: deps.logger };
  const app = Fastify({
    ...logging,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    genReqId: () => deps.ids('req'),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 128 },
  });
  const checked = deps.checkAnswers === true;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(checked ? serializerCompiler : () => JSON.stringify);
  const context = new ApiContext(deps, new Authenticator(deps));
  answerFailures(app, deps.consoleFolder);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await app.register(cookie);
  guardRoutes(app, context.authenticator);
  await secure(app, context);
  countRequests(app, deps.apiMetrics);
  await describeApi(app, deps.version);

  const overview = new Overview(context);
  const hub = new StreamHub(context, overview);
  await app.register(async (scope) => registerRoutes(scope, context));
  await serveReference(app);
  await serveConsole(app, deps.consoleFolder);
  acceptStreams(app, hub);
  app.addHook('onReady', async () => {
    overview.start();
    hub.start();
  });
  app.addHook('preClose', async () => {
    overview.stop();
    hub.stop();
  });
  return app;
}

async function secure(app: FastifyInstance, context: ApiContext): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: context.limits.requestsPerSecond,
    timeWindow: 1000,
    keyGenerator: (request) => request.principal?.tokenId ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new ApiFailure(API_ERRORS.API_RATE_LIMITED, { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
      },
    },
    // Served in clear on the loopback by default; who puts TLS in front sets it there.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

async function registerRoutes(scope: FastifyInstance, context: ApiContext): Promise<void> {
  const desk = new ApprovalDesk(context);
  healthRoutes(typed(scope), context);
  await scope.register(
    async (api) => {
      identityRoutes(typed(api), context);
      peopleRoutes(typed(api), context);
      approvalRoutes(typed(api), context, desk);
      catalogueRoutes(typed(api), context);
      planeRoutes(typed(api), context);
      const { forecasts } = context.deps;
      if (forecasts !== undefined)
        await api.register(async (ml) => mlRoutes(typed(ml), context, forecasts), { prefix: '/ml' });
      const { surveillance } = context.deps;
      if (surveillance !== undefined) surveillanceRoutes(typed(api), context, desk, surveillance);
      if (context.deps.reports !== undefined) reportRoutes(typed(api), context, context.deps.reports);
      if (context.deps.audit !== undefined) auditRoutes(typed(api), context, context.deps.audit);
    },
    { prefix: '/api/v1' },
  );
  const { edgeNetwork } = context.deps;
  if (edgeNetwork !== undefined) {
    await scope.register(
      async (api) => {
        siteRoutes(typed(api), context, edgeNetwork);
        placementRoutes(typed(api), context, edgeNetwork);
        cacheRoutes(typed(api), context, edgeNetwork);
        performanceRoutes(typed(api), context, edgeNetwork);
      },
      { prefix: '/api/v1/edge' },
    );
  }
  await scope.register(
    async (api) => {
      const server = typed(api);
      operationsRoutes(server, context);
      instrumentRoutes(server, context, desk);
      marketRoutes(server, context, desk);
      marketDataRoutes(server, context);
      orderListRoutes(server, context);
      orderRoutes(server, context);
      accountRoutes(server, context);
      riskRoutes(server, context, desk);
      killSwitchRoutes(server, context, desk);
      sessionRoutes(server, context);
    },
    { prefix: '/api/v1/trading' },
  );
  await scope.register(async (api) => steeringAndNetwork(typed(api), context), { prefix: '/api/v1/federation' });
  const { takeover } = context.deps;
  if (takeover !== undefined) {
    await scope.register(async (api) => failoverRoutes(typed(api), context, desk, takeover), {
      prefix: '/api/v1/federation',
    });
  }
  await scope.register(async (api) => federationRoutes(typed(api), context), { prefix: '/api/v1/federation' });
}

function federationRoutes(server: ApiServer, context: ApiContext): void {
  const { federation } = context.deps;
  if (federation === undefined) return;
  clusterRoutes(server, context, federation);
  topologyRoutes(server, federation);
  memberRoutes(server, context, federation);
  detectionRoutes(server, context, federation);
}

function steeringAndNetwork(server: ApiServer, context: ApiContext): void {
  const { steering, network } = context.deps;
  if (steering !== undefined) steeringRoutes(server, context, steering);
  if (network !== undefined) networkRoutes(server, network);
  hostRoutes(server);
}

function typed(app: FastifyInstance): ApiServer {
  return app.withTypeProvider<ZodTypeProvider>();
}
