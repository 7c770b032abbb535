/**
 * The audit log over HTTP: entries, proofs, keys, witnesses, and its files as c2sp.org/tlog-tiles has them. Every look at
 * entries and proofs is itself recorded; checkpoints, tiles, keys and witnesses are public among those who are let in.
 */
import { z } from 'zod';
import { idText } from '#compliance/audit/checkpoint.ts';
import type { AuditService, Proof } from '#compliance/audit/service.ts';
import type { AuditVerification } from '#compliance/audit/verify.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { API_ERRORS, ApiFailure, notFound } from '../../errors.ts';
import * as shapes from '../../schemas/audit.ts';
import { integerTextSchema } from '../../schemas/common.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['compliance'];
const PATH = '/compliance/audit';
const LIMIT_DEFAULT = 100;
/** Entries of one export. */
const EXPORT_ENTRIES_MAX = 50_000;
const TEXT = 'text/plain; charset=utf-8';
const READ = { permission: 'audit.read' } as const;
/** Tiles never change; a partial one is found under its own name. */
const IMMUTABLE = 'private, max-age=31536000, immutable';
const indexParams = z.strictObject({ index: integerTextSchema });

export function auditRoutes(app: ApiServer, context: ApiContext, audit: AuditService): void {
  entryRoutes(app, context, audit);
  proofRoutes(app, context, audit);
  logRoutes(app, context, audit);
  keyRoutes(app, context, audit);
}

function entryRoutes(app: ApiServer, context: ApiContext, audit: AuditService): void {
  app.get(
    `${PATH}/entries`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Entries of the audit log, newest first',
        querystring: shapes.auditEntryQuerySchema,
        response: { 200: shapes.auditEntryListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { limit = LIMIT_DEFAULT, before, kind, type } = request.query;
      const narrowed = { ...(kind === undefined ? {} : { kind }), ...(type === undefined ? {} : { type }) };
      await context.record(request, { act: 'audit.search', target: 'entries', outcome: 'done', detail: request.query });
      const listed = await audit.entries({ limit, ...narrowed, ...(before === undefined ? {} : { before }) });
      const { provableSize } = audit.status();
      const entries = listed.map(({ row, entry }) => ({
        index: row.leaf_index,
        type: row.type,
        kind: entry.kind,
        timeMicros: row.time_micros,
        title: row.title,
        recordId: row.record_id,
        firstSequence: row.first_sequence,
        lastSequence: row.last_sequence,
        provable: row.leaf_index < provableSize,
        entry: { ...entry },
      }));
      return { entries, next: entries.length === limit ? (entries.at(-1)?.index ?? null) : null };
    },
  );

  app.get(
    `${PATH}/entries/:index`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One entry as it was hashed',
        params: indexParams,
        response: { 200: z.record(z.string(), z.unknown()), ...PROBLEMS },
      },
    },
    async (request) => {
      const { index } = request.params;
      await context.record(request, { act: 'audit.entry', target: `entry ${index}`, outcome: 'done' });
      return { ...audit.entry(index) };
    },
  );

  app.get(
    `${PATH}/records/:recordId`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The personal part of an act, with the salt that ties it to its entry',
        params: z.strictObject({ recordId: z.string().max(64) }),
        response: { 200: shapes.auditRecordSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { recordId } = request.params;
      await context.record(request, { act: 'audit.record', target: recordId, outcome: 'done' });
      const { record, salt, commitment } = await audit.openRecord(recordId);
      return { record: record as Record<string, unknown>, salt, commitment };
    },
  );
}

function proofRoutes(app: ApiServer, context: ApiContext, audit: AuditService): void {
  const prove = (route: string, summary: string, find: (id: string) => Promise<Proof>): void => {
    app.get(
      `${PATH}/proofs/${route}/:id`,
      {
        config: READ,
        schema: {
          tags: TAGS,
          summary,
          params: z.strictObject({ id: z.string().max(64) }),
          response: { 200: shapes.auditProofSchema, ...PROBLEMS },
        },
      },
      async (request) => {
        const { id } = request.params;
        await context.record(request, { act: 'audit.proof', target: `${route} ${id}`, outcome: 'done' });
        const { index, size, entry, text } = await find(id);
        return { index, size, title: entry.kind, proof: text };
      },
    );
  };
  prove('entries', 'Offline proof of an entry, by its index', async (id) => audit.proofOfEntry(whole(id)));
  prove('acts', 'Offline proof of a recorded act, by its id', async (id) => audit.proofOfRecord(id));
  prove('commands', 'Offline proof of a command of the journal (an order, a cancel), by its sequence', async (id) =>
    audit.proofOfSequence(whole(id)),
  );

  app.get(
    `${PATH}/consistency`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'That the log of one size begins with the log of another',
        querystring: z.strictObject({ from: integerTextSchema, to: integerTextSchema }),
        response: { 200: shapes.auditConsistencySchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { from, to } = request.query;
      await context.record(request, { act: 'audit.consistency', target: `${from} to ${to}`, outcome: 'done' });
      return { from, to, hashes: audit.consistency(from, to) };
    },
  );
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ApiFailure(API_ERRORS.API_INVALID_REQUEST, { what: 'a whole number' });
  return Number(text);
}

function logRoutes(app: ApiServer, context: ApiContext, audit: AuditService): void {
  app.get(
    `${PATH}/status`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'How the audit log is',
        response: { 200: shapes.auditStatusSchema, ...PROBLEMS },
      },
    },
    async () => audit.status(),
  );

  app.get(
    `${PATH}/checkpoint`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The newest checkpoint, a signed note',
        response: { 200: z.string(), ...PROBLEMS },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return reply.type(TEXT).send(audit.checkpoint());
    },
  );

  app.get(
    `${PATH}/checkpoints`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The first checkpoint of each day, signed with SLH-DSA',
        response: { 200: z.object({ days: z.array(z.object({ day: z.string(), note: z.string() })) }), ...PROBLEMS },
      },
    },
    async () => ({ days: audit.days() }),
  );

  app.get(
    `${PATH}/tile/*`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Tiles and entry bundles (c2sp.org/tlog-tiles)',
        params: z.object({ '*': z.string().max(128) }),
        response: { 200: z.any(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const path = `tile/${request.params['*']}`;
      const bytes = audit.tile(path);
      if (bytes === undefined) throw notFound(path);
      const isOfEntries = path.startsWith('tile/entries/');
      if (isOfEntries) await context.record(request, { act: 'audit.entries', target: path, outcome: 'done' });
      return reply.type('application/octet-stream').header('cache-control', IMMUTABLE).send(bytes);
    },
  );

  app.get(
    `${PATH}/export`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: `Entries as lines of JSON, oldest first; at most ${EXPORT_ENTRIES_MAX} of them`,
        querystring: z.strictObject({ from: integerTextSchema.optional(), to: integerTextSchema.optional() }),
        response: { 200: z.string(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { from = 0, to = from + EXPORT_ENTRIES_MAX } = request.query;
      const end = Math.min(to, audit.status().provableSize, from + EXPORT_ENTRIES_MAX);
      await context.record(request, { act: 'audit.export', target: `entries ${from} to ${end}`, outcome: 'done' });
      let lines = '';
      for (let index = from; index < end; index++) lines += `${JSON.stringify({ index, ...audit.entry(index) })}\n`;
      return reply.type('application/x-ndjson; charset=utf-8').send(lines);
    },
  );

  app.post(
    `${PATH}/verify`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Read and check the whole log on this server',
        response: { 200: shapes.auditVerificationSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      await context.record(request, { act: 'audit.verify', target: 'audit log', outcome: 'done' });
      return viewOf(await audit.verify());
    },
  );
}

function keyRoutes(app: ApiServer, context: ApiContext, audit: AuditService): void {
  app.get(
    `${PATH}/keys`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The log’s public keys, also those that were replaced',
        response: { 200: shapes.auditKeyListSchema, ...PROBLEMS },
      },
    },
    async () => ({ keys: [...(await audit.keys())] }),
  );

  app.post(
    `${PATH}/keys/rotate`,
    {
      config: { permission: 'audit.write' },
      schema: {
        tags: TAGS,
        summary: 'Replace the log’s keys; the old ones sign beside the new for a week',
        response: { 201: shapes.auditKeyListSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const act = { act: 'audit-keys.rotate', target: 'audit log' };
      const { value } = await context.recorded(request, act, async () => audit.rotateKeys());
      return reply.code(201).send({ keys: [...value] });
    },
  );

  app.get(
    `${PATH}/witnesses`,
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Who cosigns, and how each stands',
        response: { 200: shapes.auditWitnessListSchema, ...PROBLEMS },
      },
    },
    async () => ({ witnesses: audit.witnesses().map((one) => ({ ...one, vkeys: [...one.vkeys] })) }),
  );
}

function viewOf({
  origin,
  size,
  signatures,
  days,
  tornBytes,
  findings,
}: AuditVerification): shapes.AuditVerificationView {
  return {
    origin,
    size,
    signatures: signatures.map(({ key, timeSeconds }) => ({
      name: key.name,
      keyId: idText(key),
      timeSeconds: timeSeconds ?? null,
    })),
    days,
    tornBytes,
    findings: findings.map(({ file, offsetBytes, finding }) => ({ file, offsetBytes: offsetBytes ?? null, finding })),
  };
}
