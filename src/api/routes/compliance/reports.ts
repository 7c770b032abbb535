/**
 * Regulatory reports. GET lists what can be made and previews it, unsigned and without a record; only POST makes one. Its
 * digest is part of the act that is recorded, and so of the audit log.
 */
import { z } from 'zod';
import { REPORT_ERRORS } from '#compliance/reports/errors.ts';
import type { ReportPeriod, ReportService } from '#compliance/reports/service.ts';
import { CodedError } from '#kit/errors.ts';
import { principalOf } from '../../authentication.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { pageQueryShape } from '../../schemas/common.ts';
import * as shapes from '../../schemas/reports.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['compliance'];
const PATH = '/compliance/reports';
const LIMIT_DEFAULT = 100;
const EXCERPT_CHARACTERS = 4000;
const EXCEPTIONS_SHOWN_MAX = 100;
const reportParams = z.strictObject({ reportId: z.string().max(60) });

export function reportRoutes(app: ApiServer, context: ApiContext, reports: ReportService): void {
  app.get(
    `${PATH}/generate`,
    {
      config: { permission: 'reports.read' },
      schema: {
        tags: TAGS,
        summary: 'What reports can be made; with a kind and a period, what one would say',
        querystring: shapes.previewQuerySchema,
        response: { 200: shapes.reportCatalogueSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { kind, from, to } = request.query;
      const kinds = reports.kinds.map(({ write: _write, ...shown }) => shown);
      if (kind === undefined) return { kinds, preview: null };
      const period = periodOf(from, to);
      const written = await reports.preview(kind, period);
      const { records, firstSequence, lastSequence, exceptions, text } = written;
      const excerpt = text.slice(0, EXCERPT_CHARACTERS);
      const shown = exceptions.slice(0, EXCEPTIONS_SHOWN_MAX);
      const counts = { records, firstSequence, lastSequence, exceptionCount: exceptions.length };
      return { kinds, preview: { kind, ...period, ...counts, exceptions: [...shown], excerpt } };
    },
  );

  app.post(
    `${PATH}/generate`,
    {
      config: { permission: 'reports.write' },
      schema: {
        tags: TAGS,
        summary: 'Make a report and keep it',
        body: shapes.generateReportSchema,
        response: { 201: shapes.generatedReportSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { kind, from, to } = request.body;
      const report = await reports.generate(kind, periodOf(from, to), principalOf(request).name);
      const { reportId, sha256, records, exceptions, firstSequence, lastSequence } = report;
      const { auditId } = await context.record(request, {
        act: 'report.generate',
        target: reportId,
        outcome: 'done',
        detail: { kind, sha256, records, exceptions, firstSequence, lastSequence },
      });
      return reply.code(201).send({ report: { ...report }, auditId });
    },
  );

  app.get(
    PATH,
    {
      config: { permission: 'reports.read' },
      schema: {
        tags: TAGS,
        summary: 'Reports that were made, newest first',
        querystring: z.strictObject({ limit: pageQueryShape.limit }),
        response: { 200: shapes.reportListSchema, ...PROBLEMS },
      },
    },
    async (request) => ({ reports: await reports.made(request.query.limit ?? LIMIT_DEFAULT) }),
  );

  app.get(
    `${PATH}/:reportId`,
    {
      config: { permission: 'reports.read' },
      schema: {
        tags: TAGS,
        summary: 'What is known of a report that was made',
        params: reportParams,
        response: { 200: shapes.madeReportSchema, ...PROBLEMS },
      },
    },
    async (request) => (await reports.find(request.params.reportId)).report,
  );

  app.get(
    `${PATH}/:reportId/file`,
    {
      config: { permission: 'reports.read' },
      schema: {
        tags: TAGS,
        summary: 'The file of a report',
        params: reportParams,
        response: { 200: z.string(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { report, text } = await reports.find(request.params.reportId);
      await context.record(request, { act: 'report.read', target: report.reportId, outcome: 'done' });
      const type = reports.kinds.find(({ kind }) => kind === report.kind)?.mediaType ?? 'text/plain';
      reply.header('content-disposition', `attachment; filename="${report.fileName}"`);
      return reply.type(`${type}; charset=utf-8`).send(text);
    },
  );
}

function periodOf(from: string | undefined, to: string | undefined): ReportPeriod {
  if (from === undefined || to === undefined) {
    throw new CodedError(REPORT_ERRORS.REPORT_BAD_PERIOD, 'both `from` and `to` are needed');
  }
  return { fromMicros: Date.parse(from) * 1000, toMicros: Date.parse(to) * 1000 };
}
