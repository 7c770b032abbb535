/** People, tokens, invitations, login, approvals, the record of privileged acts. Only data shapes. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

export const roleSchema = z.enum(['operator', 'trader', 'risk', 'compliance', 'auditor', 'admin']).meta({ id: 'Role' });
export type RoleName = z.infer<typeof roleSchema>;
const accountScopeSchema = z.union([z.literal('all'), z.array(z.int().min(0)).max(1024)]);

export const whoamiSchema = z
  .object({
    userId: z.string(),
    name: z.string(),
    role: roleSchema,
    permissions: z.array(z.string()),
    accounts: accountScopeSchema.describe('Accounts whose orders and positions this user may see and use'),
    via: z.enum(['cookie', 'token']),
    expiresMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'WhoAmI' });
export type WhoAmI = z.infer<typeof whoamiSchema>;

/** One of the two: a one-time login link’s secret, or an API token. */
export const loginSchema = z
  .union([
    z.strictObject({ link: z.string().min(20).max(200) }),
    z.strictObject({ token: z.string().min(20).max(200) }),
    z.strictObject({ invitation: z.string().min(20).max(200), name: z.string().trim().min(1).max(64) }),
  ])
  .meta({ id: 'Login', example: { link: 'nlk_EXAMPLE-example-EXAMPLE-example-EXAMPLE-ex' } });
export type Login = z.infer<typeof loginSchema>;

export const userSchema = z
  .object({
    userId: z.string(),
    name: z.string(),
    role: roleSchema,
    accounts: accountScopeSchema,
    createdMicros: timeMicrosSchema,
    disabledMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userSchema>;
export const userListSchema = z.object({ users: z.array(userSchema) });

export const createInvitationSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64).describe('Who is invited'),
    role: roleSchema,
    accounts: accountScopeSchema.default([]),
  })
  .meta({ id: 'CreateInvitation', example: { name: 'Second pair of eyes', role: 'risk' } });
export const invitationSchema = z
  .object({
    invitationId: z.string(),
    name: z.string(),
    role: roleSchema,
    accounts: accountScopeSchema,
    createdMicros: timeMicrosSchema,
    createdBy: z.string(),
    expiresMicros: timeMicrosSchema,
    usedMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitationSchema>;
export const invitationListSchema = z.object({ invitations: z.array(invitationSchema) });
export const createdInvitationSchema = z.object({
  invitation: invitationSchema,
  url: z.string().describe('Give it to the invited person; shown this once'),
});
export type CreatedInvitation = z.infer<typeof createdInvitationSchema>;

export const tokenSchema = z
  .object({
    tokenId: z.string(),
    userId: z.string(),
    userName: z.string(),
    name: z.string(),
    role: roleSchema,
    createdMicros: timeMicrosSchema,
    expiresMicros: timeMicrosSchema.nullable(),
    lastUsedMicros: timeMicrosSchema.nullable(),
    revokedMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof tokenSchema>;
export const tokenListSchema = z.object({ tokens: z.array(tokenSchema) });
export type TokenList = z.infer<typeof tokenListSchema>;
export const createTokenSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    role: roleSchema.optional().describe('At most your own rights; yours where absent'),
    expiresInDays: z.int().min(1).max(366).default(90),
  })
  .meta({ id: 'CreateToken', example: { name: 'notebook', expiresInDays: 30 } });
export const createdTokenSchema = z.object({ token: tokenSchema, secret: z.string().describe('Shown this once') });
export type CreatedToken = z.infer<typeof createdTokenSchema>;

export const approvalActionSchema = z.enum([
  'kill-switch.release',
  'market.resume',
  'risk-limits.raise',
  'instrument.loosen',
  'restriction.lift',
  'scenario.change',
  'failover.force',
]);
export const approvalSchema = z
  .object({
    approvalId: z.string(),
    action: approvalActionSchema,
    summary: z.string().describe('What will happen when it is confirmed, in one sentence'),
    payload: z.record(z.string(), z.unknown()),
    state: z.enum(['pending', 'confirmed', 'refused', 'withdrawn', 'expired', 'failed']),
    requestedBy: z.string(),
    requestedByName: z.string(),
    requestedMicros: timeMicrosSchema,
    expiresMicros: timeMicrosSchema,
    decidedBy: z.string().nullable(),
    decidedByName: z.string().nullable(),
    decidedMicros: timeMicrosSchema.nullable(),
    outcome: z.string().nullable().describe('What the engine answered, or why it was refused'),
    mayConfirm: z.boolean().describe('Whether the one who asks could confirm it: another person, with the permission'),
  })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof approvalSchema>;
export const approvalListSchema = z.object({ approvals: z.array(approvalSchema).describe('Newest first') });
export type ApprovalList = z.infer<typeof approvalListSchema>;
/** The answer 202 of an act that needs a second person. */
export const approvalPendingSchema = z.object({ approval: approvalSchema }).meta({ id: 'ApprovalPending' });
export type ApprovalPending = z.infer<typeof approvalPendingSchema>;
export const decideApprovalSchema = z.strictObject({ note: z.string().trim().max(200).optional() });

const auditEntrySchema = z
  .object({
    auditId: z.string(),
    timeMicros: timeMicrosSchema,
    userId: z.string(),
    userName: z.string(),
    act: z.string(),
    target: z.string(),
    outcome: z.enum(['done', 'requested', 'refused', 'failed']),
    detail: z.record(z.string(), z.unknown()),
    requestId: z.string(),
    address: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export const auditListSchema = z.object({ entries: z.array(auditEntrySchema), next: z.string().nullable() });
