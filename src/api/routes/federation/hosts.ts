/** Host profiles over HTTP, and what is really in force on the machine that answers. */
import { z } from 'zod';
import { checkHost } from '#federation/hosts/check.ts';
import { thisMachine } from '#federation/hosts/machine.ts';
import { HOST_PROFILES, TECHNIQUE_TEXT } from '#federation/hosts/techniques.ts';
import type { ApiServer } from '../../context.ts';
import * as shapes from '../../schemas/network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];

export function hostRoutes(app: ApiServer): void {
  app.get(
    '/hosts/profiles',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'What each tier of clusters asks of its hosts',
        response: { 200: shapes.hostProfileListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      profiles: HOST_PROFILES.map(({ tier, techniques, isolatedProcessors, hugePages, settings }) => ({
        tier,
        techniques: techniques.map((name) => ({ name, text: TECHNIQUE_TEXT[name] })),
        isolatedProcessors,
        hugePages,
        settings: { ...settings },
      })),
    }),
  );

  app.get(
    '/hosts/check',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Which techniques are in force on this server’s machine, with the evidence',
        querystring: z.strictObject({ tier: shapes.hostTierSchema.default('primary-trading') }),
        response: { 200: shapes.hostReportSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { tier, findings } = checkHost(request.query.tier, thisMachine);
      return { tier, findings: findings.map((finding) => ({ ...finding, evidence: [...finding.evidence] })) };
    },
  );
}
