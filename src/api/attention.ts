/** What waits for a person: made of real conditions, the most urgent first. Makes nothing up and decides nothing. */
import { listApprovals } from '#store/acts.ts';
import { MarketState } from '#trading/terms.ts';
import type { ApiContext } from './context.ts';
import { accountsOf, instrumentsOf } from './engine-reads.ts';
import { engagedSwitches } from './routes/kill-switch.ts';
import type { Attention } from './schemas/operations.ts';

/** Share of a credit limit from which somebody should know. */
const LIMIT_SHARE = 0.9;
const ITEMS_MAX = 100;
const URGENCY: Readonly<Record<Attention['severity'], number>> = { critical: 0, warning: 1, info: 2 };

export async function attentionOf(context: ApiContext): Promise<Attention[]> {
  const items = [
    ...nodeItems(context),
    ...(await approvalItems(context)),
    ...(await killItems(context)),
    ...marketItems(context),
    ...limitItems(context),
  ];
  return items.toSorted((a, b) => URGENCY[a.severity] - URGENCY[b.severity]).slice(0, ITEMS_MAX);
}

function nodeItems(context: ApiContext): Attention[] {
  const { state, detail } = context.deps.node.status();
  if (state === 'ready' || state === 'starting') return [];
  const kind = state === 'fault' ? 'journal' : 'node';
  const title = state === 'fault' ? 'The trading node has a fault' : 'The trading node is stopped';
  const text = detail ?? 'No order is taken while this lasts.';
  return [{ id: `node-${state}`, severity: 'critical', title, detail: text, kind, target: null, sinceMicros: null }];
}

async function approvalItems(context: ApiContext): Promise<Attention[]> {
  const pending = await listApprovals(context.deps.store, 'pending');
  return pending.map((approval) => ({
    id: approval.approvalId,
    severity: 'warning',
    title: `${approval.requestedByName} asks for a second person`,
    detail: approval.summary,
    kind: 'approval',
    target: approval.approvalId,
    sinceMicros: approval.requestedMicros,
  }));
}

async function killItems(context: ApiContext): Promise<Attention[]> {
  const engaged = await engagedSwitches(context);
  return engaged.map((item) => ({
    id: `kill-${item.scope}-${item.id}`,
    severity: 'warning',
    title: `Kill switch is on: ${item.name}`,
    detail: item.reason ?? 'Engaged outside of this console.',
    kind: 'kill-switch',
    target: `${item.scope}:${item.scope === 'instrument' ? item.name : item.id}`,
    sinceMicros: item.sinceMicros,
  }));
}

function marketItems(context: ApiContext): Attention[] {
  const { view } = context.deps;
  if (view.state === undefined) return [];
  return instrumentsOf(view.state)
    .filter((row) => row.listed && row.state === MarketState.halt)
    .map((row) => ({
      id: `market-${row.symbol}`,
      severity: 'warning',
      title: `${row.symbol} is halted`,
      detail: 'Only cancels are taken. Leaving the halt needs two people.',
      kind: 'market',
      target: row.symbol,
      sinceMicros: view.stateSince(row.instrument),
    }));
}

function limitItems(context: ApiContext): Attention[] {
  const { view } = context.deps;
  if (view.state === undefined) return [];
  return accountsOf(view.state)
    .filter(({ limits }) => limits.maxOpenNotional > 0)
    .filter((row) => row.openNotional >= row.limits.maxOpenNotional * LIMIT_SHARE)
    .map((row) => ({
      id: `limit-${row.account}`,
      severity: 'info',
      title: `${row.name} uses ${Math.floor((100 * row.openNotional) / row.limits.maxOpenNotional)} % of its credit`,
      detail: 'Open notional is near its limit: further orders will be refused.',
      kind: 'limit',
      target: String(row.account),
      sinceMicros: null,
    }));
}
