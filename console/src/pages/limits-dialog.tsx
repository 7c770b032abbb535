/**
 * Changing an account's limits: tightening is done at once, loosening anything becomes a request for someone else.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccountLimits } from '../../../src/api/schemas/accounts.ts';
import { putLimits } from '../data/queries.ts';
import { decimal } from '../format/numbers.ts';
import { DangerousAction } from '../ui/dangerous-action.tsx';
import { TextField } from '../ui/field.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { compileLimits, LIMIT_FIELDS, limitChanges, limitTexts, type LimitTexts } from './limits-edit.ts';

interface LimitsDialogProps {
  readonly close: () => void;
  readonly account: AccountLimits;
  readonly moneyExponent: number;
}

export function LimitsDialog({ close, account, moneyExponent }: LimitsDialogProps) {
  const [texts, setTexts] = useState<LimitTexts>(() => limitTexts(account.limits, moneyExponent));
  const [enforced, setEnforced] = useState(account.limits.buyingPowerEnforced);
  const client = useQueryClient();
  const compiled = compileLimits(texts, enforced, moneyExponent);
  const changes = compiled.ok ? limitChanges(account.limits, compiled.limits, moneyExponent) : [];
  const loosens = changes.some((change) => change.loosens);

  return (
    <DangerousAction
      open
      onOpenChange={close}
      title={`Limits of ${account.accountName}`}
      description="Tighter limits hold at once. Where any limit is loosened, all of it waits for a second person. An empty field switches a limit off."
      confirmWord={account.accountName}
      actLabel={loosens ? 'Ask for the change' : 'Change the limits'}
      ready={changes.length > 0}
      preview={
        <>
          <div className="limit-fields">
            {LIMIT_FIELDS.map((field) => (
              <TextField
                key={field.name}
                label={field.label}
                hint={field.unit}
                inputMode="decimal"
                placeholder="off"
                value={texts[field.name]}
                problem={!compiled.ok && compiled.wrong.includes(field.name) ? 'a positive number' : undefined}
                onChange={(event) => setTexts({ ...texts, [field.name]: event.target.value })}
              />
            ))}
          </div>
          <label className="check">
            <input type="checkbox" checked={enforced} onChange={(event) => setEnforced(event.target.checked)} />
            Buying power is enforced
          </label>
          <div aria-live="polite">
            {changes.length === 0 ? (
              <p className="muted">{compiled.ok ? 'Nothing is changed yet.' : 'Some fields are no numbers.'}</p>
            ) : (
              <ul className="limit-changes">
                {changes.map((change) => (
                  <li key={change.label}>
                    <StateMark tone={change.loosens ? 'warn' : 'ok'}>{change.loosens ? 'looser' : 'tighter'}</StateMark>{' '}
                    {change.label}: <span className="num">{decimal(change.from)}</span> →{' '}
                    <span className="num">{decimal(change.to)}</span>
                  </li>
                ))}
              </ul>
            )}
          </div>
        </>
      }
      act={async () => {
        if (!compiled.ok) throw new Error('Some fields are no numbers.');
        const answer = await putLimits(account.account, compiled.limits);
        void client.invalidateQueries();
        return 'approval' in answer
          ? { title: 'Waits for a second person', pending: true, rows: [['Approval', answer.approval.approvalId]] }
          : { title: `Limits of ${answer.accountName} are changed`, rows: [] };
      }}
    />
  );
}
