/**
 * Acts that need two people: one asks, another confirms, then it is carried out. The same person is always refused, and a
 * request is carried out at most once.
 */
import type { FastifyRequest } from 'fastify';
import * as acts from '#store/acts.ts';
import { principalOf, type Principal } from './authentication.ts';
import type { ApiContext } from './context.ts';
import { API_ERRORS, ApiFailure, notFound } from './errors.ts';
import { permits, type Permission } from './permissions.ts';
import type { Approval, approvalActionSchema } from './schemas/identity.ts';
import type { z } from 'zod';

export type ApprovalActionName = z.infer<typeof approvalActionSchema>;

/** What is carried out once a second person confirmed it. */
export interface ApprovalAction {
  /** Needed by both persons. */
  readonly permission: Permission;
  /** Carries it out; returns what came of it in a sentence. Throws ApiFailure where it is refused. */
  readonly carryOut: (payload: Readonly<Record<string, unknown>>, confirmedBy: string) => Promise<string>;
}

export class ApprovalDesk {
  private readonly context: ApiContext;
  private readonly actions = new Map<string, ApprovalAction>();

  constructor(context: ApiContext) {
    this.context = context;
  }

  /** Declares what an action does. */
  register(name: ApprovalActionName, action: ApprovalAction): void {
    this.actions.set(name, action);
  }

  /** Puts an act up for confirmation. `payload` must be JSON. */
  async request(
    request: FastifyRequest,
    action: ApprovalActionName,
    target: string,
    summary: string,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<Approval> {
    const principal = principalOf(request);
    const approval = await acts.requestApproval(this.context.deps.store, {
      action,
      summary,
      payload,
      requestedBy: principal.userId,
      requestedByName: principal.name,
    });
    const detail = { approvalId: approval.approvalId, ...payload };
    await this.context.record(request, { act: action, target, outcome: 'requested', detail });
    return this.present(approval, principal);
  }

  async list(which: 'pending' | 'all', principal: Principal): Promise<Approval[]> {
    const found = await acts.listApprovals(this.context.deps.store, which);
    return found.map((approval) => this.present(approval, principal));
  }

  async find(approvalId: string, principal: Principal): Promise<Approval> {
    const approval = await acts.findApproval(this.context.deps.store, approvalId);
    if (approval === undefined) throw notFound(`approval ${approvalId}`);
    return this.present(approval, principal);
  }

  /** Confirms and carries out. Throws API_SECOND_PERSON_NEEDED for the one who asked. */
  async confirm(request: FastifyRequest, approvalId: string, note: string | undefined): Promise<Approval> {
    const principal = principalOf(request);
    const { approval, action } = await this.decidable(approvalId, principal);
    await this.decide(approvalId, 'confirmed', principal);
    const act = { act: `${approval.action}.confirm`, target: approvalId, detail: { summary: approval.summary, note } };
    try {
      const { value: outcome } = await this.context.recorded(request, act, async () =>
        action.carryOut(approval.payload, principal.name),
      );
      await acts.concludeApproval(this.context.deps.store, approvalId, { failed: false, outcome });
    } catch (error) {
      const outcome =
        error instanceof ApiFailure ? `${error.code}: ${error.kind.title}` : 'something went wrong inside';
      await acts.concludeApproval(this.context.deps.store, approvalId, { failed: true, outcome });
      throw error;
    }
    return this.find(approvalId, principal);
  }

  async refuse(request: FastifyRequest, approvalId: string, note: string | undefined): Promise<Approval> {
    const principal = principalOf(request);
    const { approval } = await this.decidable(approvalId, principal);
    await this.decide(approvalId, 'refused', principal);
    if (note !== undefined) {
      await acts.concludeApproval(this.context.deps.store, approvalId, { failed: false, outcome: note });
    }
    const detail = { summary: approval.summary, note };
    await this.context.record(request, {
      act: `${approval.action}.refuse`,
      target: approvalId,
      outcome: 'done',
      detail,
    });
    return this.find(approvalId, principal);
  }

  /** Takes a request back; only by the one who asked. */
  async withdraw(request: FastifyRequest, approvalId: string): Promise<Approval> {
    const principal = principalOf(request);
    const approval = await this.find(approvalId, principal);
    if (approval.requestedBy !== principal.userId) {
      throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: 'only the person who asked may withdraw it' });
    }
    await this.decide(approvalId, 'withdrawn', principal);
    await this.context.record(request, { act: `${approval.action}.withdraw`, target: approvalId, outcome: 'done' });
    return this.find(approvalId, principal);
  }

  private async decidable(
    approvalId: string,
    principal: Principal,
  ): Promise<{ approval: acts.Approval; action: ApprovalAction }> {
    const approval = await acts.findApproval(this.context.deps.store, approvalId);
    if (approval === undefined) throw notFound(`approval ${approvalId}`);
    const action = this.actions.get(approval.action);
    if (action === undefined) throw notFound(`action ${approval.action}`);
    if (approval.requestedBy === principal.userId) throw new ApiFailure(API_ERRORS.API_SECOND_PERSON_NEEDED);
    if (!permits(principal.role, action.permission)) {
      throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: action.permission });
    }
    return { approval, action };
  }

  private async decide(
    approvalId: string,
    state: 'confirmed' | 'refused' | 'withdrawn',
    { userId, name }: Principal,
  ): Promise<void> {
    const decided = await acts.decideApproval(this.context.deps.store, approvalId, state, { userId, userName: name });
    if (decided) return;
    const present = await acts.findApproval(this.context.deps.store, approvalId);
    throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: `it is ${present?.state ?? 'gone'}` });
  }

  private present(approval: acts.Approval, principal: Principal): Approval {
    const action = this.actions.get(approval.action);
    const mayConfirm =
      approval.state === 'pending' &&
      approval.requestedBy !== principal.userId &&
      permits(principal.role, 'approvals.decide') &&
      action !== undefined &&
      permits(principal.role, action.permission);
    return { ...approval, action: approval.action as ApprovalActionName, payload: { ...approval.payload }, mayConfirm };
  }
}
