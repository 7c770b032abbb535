/** The network between sites over HTTP: what was measured, the best ways, advice on placement. Sites report their own links. */
import { z } from 'zod';
import type { NetworkService } from '#federation/network/service.ts';
import type { ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];

export function networkRoutes(app: ApiServer, network: NetworkService): void {
  app.get(
    '/network/matrix',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Latency, loss and jitter between every two sites, and what light allows',
        response: { 200: shapes.networkMatrixSchema, ...PROBLEMS },
      },
    },
    async () => ({
      sites: network.sites.map(({ name, provider, region, latitude, longitude, trades }) => ({
        name,
        provider,
        region,
        latitude,
        longitude,
        trades,
      })),
      links: network.matrix().map((link) => ({ ...link, figures: link.figures === null ? null : { ...link.figures } })),
    }),
  );

  app.get(
    '/network/paths',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'The best way between every two sites, through relays where the direct one is worse',
        querystring: z.strictObject({ basis: shapes.basisQuerySchema }),
        response: { 200: shapes.networkPathListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { basis } = request.query;
      const paths = network.paths(basis).map((path) => ({
        ...path,
        best: path.best === null ? null : { ...path.best, sites: [...path.best.sites] },
      }));
      return { basis, paths };
    },
  );

  app.get(
    '/network/placement',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Standby and witness sites with the least replicated acknowledgement over three providers and regions',
        querystring: z.strictObject({
          primary: z.string().max(63),
          leader: z.enum(['away', 'near']).default('away'),
          basis: shapes.basisQuerySchema,
        }),
        response: { 200: shapes.placementAdviceSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { primary, leader, basis } = request.query;
      const at = network.find(primary);
      if (at === undefined) throw notFound(`site ${primary}`);
      const advice = network.placement(at, { leader }, basis);
      return { ...advice, choices: advice.choices.map((choice) => ({ ...choice })) };
    },
  );

  app.put(
    '/network/sites/:site/links',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Report what a site has measured; believed for a minute',
        params: z.strictObject({ site: z.string().max(63) }),
        body: shapes.linkReportSchema,
        response: { 200: shapes.linkReceiptSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { site } = request.params;
      if (network.find(site) === undefined) throw notFound(`site ${site}`);
      network.report(site, request.body.links);
      return { site, links: request.body.links.length };
    },
  );
}
