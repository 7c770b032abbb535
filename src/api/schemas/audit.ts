/** Shapes of the audit log's routes. Hashes are Base64, as in the published formats; proofs and checkpoints are text. */
import { z } from 'zod';
import { AUDIT_KINDS } from '#kit/ports/audit.ts';
import { integerTextSchema, timeMicrosSchema } from './common.ts';

const indexSchema = z.int().nonnegative().describe('Index of the entry in the log, from 0');

export const auditStatusSchema = z.object({
  origin: z.string().describe('The log’s name in its checkpoints'),
  size: z.int().nonnegative().describe('Durable entries'),
  provableSize: z.int().nonnegative().describe('Entries that the newest checkpoint covers'),
  journalSequence: z.int().nonnegative().describe('Last command of the journal that is in the log'),
  lagMicros: z
    .number()
    .nonnegative()
    .describe('Age of the oldest event that no checkpoint covers; 0 when all are covered'),
  fault: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type AuditStatusView = z.infer<typeof auditStatusSchema>;

export const auditEntrySchema = z.object({
  index: indexSchema,
  type: z.string(),
  kind: z.enum(AUDIT_KINDS),
  timeMicros: timeMicrosSchema,
  title: z.string(),
  recordId: z.string().nullable().describe('Id of the act it records'),
  firstSequence: z.int().nullable(),
  lastSequence: z.int().nullable(),
  provable: z.boolean().describe('Whether a signed checkpoint covers it'),
  entry: z.record(z.string(), z.unknown()).describe('What is hashed into the tree, without its version'),
});
export type AuditEntryView = z.infer<typeof auditEntrySchema>;
export const auditEntryListSchema = z.object({ entries: z.array(auditEntrySchema), next: indexSchema.nullable() });
export type AuditEntryList = z.infer<typeof auditEntryListSchema>;

export const auditEntryQuerySchema = z.strictObject({
  limit: integerTextSchema.pipe(z.int().min(1).max(500)).optional().describe('Highest number of entries, default 100'),
  before: integerTextSchema.optional().describe('Entries before this index'),
  kind: z.enum(AUDIT_KINDS).optional(),
  type: z.enum(['journal', 'act', 'log']).optional(),
});

export const auditRecordSchema = z.object({
  record: z.record(z.string(), z.unknown()),
  salt: z.string().describe('Hexadecimal'),
  commitment: z.string().describe('SHA-256 over salt and canonical record, as the entry has it; hexadecimal'),
});

export const auditProofSchema = z.object({
  index: indexSchema,
  size: z.int().positive(),
  title: z.string(),
  proof: z.string().describe('File of c2sp.org/tlog-proof'),
});
export type AuditProofView = z.infer<typeof auditProofSchema>;

export const auditConsistencySchema = z.object({
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  hashes: z.array(z.string()).describe('RFC 6962 section 2.1.2, Base64'),
});

export const auditKeyListSchema = z.object({
  keys: z.array(
    z.object({
      vkey: z.string().describe('Name, id and key (c2sp.org/signed-note)'),
      createdSeconds: z.int(),
      retiresSeconds: z.int().nullable(),
    }),
  ),
});
export type AuditKeyList = z.infer<typeof auditKeyListSchema>;

export const auditWitnessListSchema = z.object({
  witnesses: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      vkeys: z.array(z.string()),
      state: z.enum(['unknown', 'cosigned', 'behind', 'unreachable', 'refuses', 'lies']),
      detail: z.string(),
      size: z.int().nonnegative(),
      timeSeconds: z.int().nonnegative(),
    }),
  ),
});
export type AuditWitnessList = z.infer<typeof auditWitnessListSchema>;

export const auditVerificationSchema = z.object({
  origin: z.string(),
  size: z.int().nonnegative(),
  signatures: z.array(z.object({ name: z.string(), keyId: z.string(), timeSeconds: z.number().nullable() })),
  days: z.int().nonnegative(),
  tornBytes: z.int().nonnegative(),
  findings: z.array(z.object({ file: z.string(), offsetBytes: z.int().nullable(), finding: z.string() })),
});
export type AuditVerificationView = z.infer<typeof auditVerificationSchema>;
