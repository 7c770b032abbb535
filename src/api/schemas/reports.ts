/** Shapes of regulatory reports: what can be made, a preview, and what was made. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const kindSchema = z.string().min(1).max(40).describe('One of the kinds that `GET …/reports/generate` lists');

const reportKindSchema = z.object({
  kind: z.string(),
  title: z.string(),
  jurisdiction: z.string(),
  citation: z.string(),
  verified: z.boolean().describe('Whether the rule’s own text was read for it'),
  due: z.string(),
  mediaType: z.string(),
  note: z.string(),
});

const exceptionSchema = z.object({
  sequence: z.int(),
  tradeId: z.int(),
  account: z.int(),
  problem: z.string().describe('What is missing before it can be reported'),
});

const previewSchema = z.object({
  kind: z.string(),
  fromMicros: timeMicrosSchema,
  toMicros: timeMicrosSchema,
  records: z.int(),
  firstSequence: z.int(),
  lastSequence: z.int(),
  exceptions: z.array(exceptionSchema).describe('The first hundred'),
  exceptionCount: z.int(),
  excerpt: z.string().describe('The beginning of the text; unsigned, not kept'),
});

export const reportCatalogueSchema = z.object({
  kinds: z.array(reportKindSchema),
  preview: previewSchema.nullable(),
});

export const previewQuerySchema = z.strictObject({
  kind: kindSchema.optional(),
  from: z.iso.datetime().optional().describe('Begin, UTC; with `kind` and `to`'),
  to: z.iso.datetime().optional().describe('End, exclusive'),
});

export const generateReportSchema = z.strictObject({
  kind: kindSchema,
  from: z.iso.datetime().describe('Begin, UTC'),
  to: z.iso.datetime().describe('End, exclusive'),
});

export const madeReportSchema = z.object({
  reportId: z.string(),
  kind: z.string(),
  fromMicros: timeMicrosSchema,
  toMicros: timeMicrosSchema,
  createdMicros: timeMicrosSchema,
  createdBy: z.string(),
  fileName: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  records: z.int(),
  exceptions: z.int(),
  firstSequence: z.int().describe('Journal position of the first command it tells of'),
  lastSequence: z.int(),
});

export const reportListSchema = z.object({ reports: z.array(madeReportSchema) });

export const generatedReportSchema = z.object({
  report: madeReportSchema,
  auditId: z.string().describe('The act that carries the digest; it is in the audit log within a second'),
});
