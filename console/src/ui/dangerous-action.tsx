/**
 * The only way to a dangerous act: preview, typed confirmation, receipt. Never acts on a single press, never hides
 * what the server answered.
 */
import { useState, type ReactNode } from 'react';
import { describeProblem } from '../data/client.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { StateMark } from './state-mark.tsx';
import './dangerous-action.css';

/** What stays on the screen after the act: rows of name and value. */
export interface Receipt {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** The act waits for someone else, or was only partly done. */
  readonly pending?: boolean;
}

interface DangerousActionProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description: ReactNode;
  /** What will happen, from current data. */
  readonly preview: ReactNode;
  /** The word that has to be typed, exactly. */
  readonly confirmWord: string;
  readonly actLabel: string;
  /** False while the choice in the preview is incomplete. */
  readonly ready?: boolean;
  readonly act: () => Promise<Receipt>;
}

type Stage =
  | { readonly kind: 'asking' }
  | { readonly kind: 'acting' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'done'; readonly receipt: Receipt };

export function DangerousAction(props: DangerousActionProps) {
  const { open, onOpenChange, title, description } = props;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description}>
      <Steps {...props} close={() => onOpenChange(false)} />
    </Dialog>
  );
}

/** Mounted anew for each opening, so a half-typed confirmation never survives. */
function Steps({
  preview,
  confirmWord,
  actLabel,
  ready = true,
  act,
  close,
}: DangerousActionProps & { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [stage, setStage] = useState<Stage>({ kind: 'asking' });
  const confirmed = ready && typed.trim() === confirmWord && stage.kind !== 'acting';

  async function submit() {
    setStage({ kind: 'acting' });
    try {
      setStage({ kind: 'done', receipt: await act() });
    } catch (problem) {
      setStage({ kind: 'failed', problem: describeProblem(problem) });
    }
  }

  if (stage.kind === 'done') return <ReceiptView receipt={stage.receipt} close={close} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (confirmed) void submit();
      }}
    >
      <div className="danger-preview">{preview}</div>
      <TextField
        label={
          <>
            Type <strong className="mono danger-word">{confirmWord}</strong> to confirm
          </>
        }
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {stage.kind === 'failed' ? (
        <p className="danger-problem" role="alert">
          <StateMark tone="down">Not done</StateMark> {stage.problem}
        </p>
      ) : null}
      <div className="dialog-row">
        <Button tone="danger" type="submit" disabled={!confirmed}>
          {stage.kind === 'acting' ? 'Working…' : actLabel}
        </Button>
        <Button tone="quiet" onClick={close}>
          Leave as it is
        </Button>
      </div>
    </form>
  );
}

/** What was focused is gone with the form; reading goes on at the way out. */
function focusOnce(element: HTMLElement | null) {
  element?.focus();
}

function ReceiptView({ receipt, close }: { receipt: Receipt; close: () => void }) {
  return (
    <div role="status" className="danger-receipt">
      <p className="danger-receipt-title">
        <StateMark tone={receipt.pending === true ? 'warn' : 'ok'}>{receipt.title}</StateMark>
      </p>
      <dl className="facts">
        {receipt.rows.map(([name, value]) => (
          <div key={name} className="facts-row">
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="dialog-row">
        <Button onClick={close} ref={focusOnce}>
          Close
        </Button>
      </div>
    </div>
  );
}
