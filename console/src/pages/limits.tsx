/**
 * Risk limits and how much of them is used, account by account; the kill switches that are on; restricted instruments.
 */
import { useState } from 'react';
import type { AccountUsage, LimitUsage } from '../../../src/api/schemas/accounts.ts';
import { useLimits, useMay, useStatus, useUsage } from '../data/queries.ts';
import { decimal, integer } from '../format/numbers.ts';
import { moneyText } from '../format/price.ts';
import { Button } from '../ui/button.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { UsageBar, usageTone } from '../ui/usage-bar.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { KillSwitches, Restrictions } from './stops.tsx';
import './limits.css';

/** The greatest share of any limit that an account uses. */
function worst(usage: readonly LimitUsage[]): LimitUsage | null {
  return usage.reduce<LimitUsage | null>(
    (most, limit) => (limit.share !== null && limit.share > (most?.share ?? -1) ? limit : most),
    null,
  );
}

export function LimitsPage() {
  const usage = useUsage();
  const [chosen, setChosen] = useState<number | null>(null);
  const accounts = usage.data ?? [];
  const account = accounts.find((candidate) => candidate.account === chosen) ?? accounts[0];
  return (
    <div className="page limits">
      <h1 className="visually-hidden">Risk limits</h1>
      <div className="limits-top">
        <Panel title="Accounts" note="fullest limit" flush>
          {usage.isError ? (
            <Notice title="Usage cannot be read just now." />
          ) : accounts.length === 0 ? (
            <Notice title={usage.isPending ? 'Reading…' : 'There is no account yet.'} />
          ) : (
            <ul className="account-list">
              {accounts.map((candidate) => (
                <li key={candidate.account}>
                  <button
                    type="button"
                    aria-pressed={candidate === account}
                    onClick={() => setChosen(candidate.account)}
                  >
                    <span className="mono">{candidate.accountName}</span>
                    <Fullest usage={candidate.usage} name={candidate.accountName} />
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        {account === undefined ? (
          <Panel title="Limits">
            <Notice title="Limits stand here as soon as there is an account." />
          </Panel>
        ) : (
          <AccountPanel key={account.account} account={account} />
        )}
      </div>
      <div className="limits-bottom">
        <KillSwitches />
        <Restrictions />
      </div>
    </div>
  );
}

function Fullest({ usage, name }: { usage: readonly LimitUsage[]; name: string }) {
  const most = worst(usage);
  if (most === null) return <span className="muted">no limit</span>;
  return (
    <UsageBar
      label={`${name}: ${most.name}`}
      used={most.used}
      limit={most.limit}
      text={`${Math.round((most.share ?? 0) * 100)} %`}
    />
  );
}

function AccountPanel({ account }: { account: AccountUsage }) {
  const limits = useLimits().data?.find((candidate) => candidate.account === account.account);
  const moneyExponent = useStatus().data?.moneyExponent ?? null;
  const mayChange = useMay('risk.change');
  const [editing, setEditing] = useState(false);
  const near = account.usage.filter((limit) => ['near', 'full'].includes(usageTone(limit.used, limit.limit))).length;
  return (
    <Panel
      title={account.accountName}
      note={near === 0 ? 'limits and what is used of them' : `${near} near or at the limit`}
      flush
      {...(mayChange && limits !== undefined && moneyExponent !== null
        ? {
            actions: (
              <Button small onClick={() => setEditing(true)}>
                Change limits…
              </Button>
            ),
          }
        : {})}
    >
      <ScrollRegion label={`Limits of ${account.accountName}`}>
        <table className="table usage-table">
          <thead>
            <tr>
              <th scope="col">limit</th>
              <th scope="col">used</th>
              <th scope="col" className="end">
                of
              </th>
            </tr>
          </thead>
          <tbody>
            {account.usage.map((limit) => (
              <tr key={`${limit.name}:${limit.symbol ?? ''}`}>
                <td>
                  {limitWords(limit.name)}
                  {limit.symbol === null ? null : <span className="muted"> {limit.symbol}</span>}
                </td>
                <td>
                  <UsageBar
                    label={`${limitWords(limit.name)} ${limit.symbol ?? ''}`}
                    used={limit.used}
                    limit={limit.limit}
                    text={amount(limit.used, limit.unit, moneyExponent)}
                  />
                </td>
                <td className="end">
                  {limit.limit === null ? (
                    <span className="muted">off</span>
                  ) : (
                    amount(limit.limit, limit.unit, moneyExponent)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {limits === undefined || moneyExponent === null || !editing ? null : (
        <LimitsDialog close={() => setEditing(false)} account={limits} moneyExponent={moneyExponent} />
      )}
    </Panel>
  );
}

/** "maxOrderValueUnits" as words. */
function limitWords(name: string): string {
  return name
    .replace(/Units$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/^max /, '');
}

function amount(value: number, unit: LimitUsage['unit'], moneyExponent: number | null): string {
  return unit === 'money' && moneyExponent !== null ? decimal(moneyText(value, moneyExponent)) : integer(value);
}
