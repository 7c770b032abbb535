/**
 * Checks a proof in this browser: fetched by what it is of, or pasted. The keys that are trusted are shown, and stay in this
 * browser once somebody has compared them.
 */
import { useSearch } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import type { AuditKeyList, AuditProofView, AuditWitnessList } from '../../../src/api/schemas/audit.ts';
import { hexOf } from '../audit/merkle.ts';
import { checkProof, whyNot, type CheckedProof } from '../audit/verify-proof.ts';
import { call, describeProblem } from '../data/client.ts';
import { integer } from '../format/numbers.ts';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './audit.css';

const ROOT = '/compliance/audit';
const KINDS = [
  { value: 'entries', text: 'entry, by its index' },
  { value: 'commands', text: 'order or other command, by its journal sequence' },
  { value: 'acts', text: 'act, by its id (act_…)' },
] as const;
type Kind = (typeof KINDS)[number]['value'];
const KEPT_KEYS = 'nautilus-audit-keys';

export function VerifyProofPage() {
  const { entry } = useSearch({ from: '/shell/verify-proof' });
  const [kind, setKind] = useState<Kind>('entries');
  const [id, setId] = useState(entry === undefined ? '' : String(entry));
  const [proof, setProof] = useState('');
  const [keys, setKeys] = useState('');
  const [fromServer, setFromServer] = useState(true);
  const [checked, setChecked] = useState<CheckedProof | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const unable = whyNot(window.isSecureContext, window.crypto.subtle);

  async function check(text: string, trusted: string) {
    setProblem(null);
    setChecked(null);
    try {
      setChecked(
        await checkProof(
          text,
          trusted.split('\n').filter((line) => line.trim() !== ''),
        ),
      );
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  async function fetchAndCheck(wantedKind: Kind, wantedId: string, trusted: string) {
    setProblem(null);
    try {
      const found = await call<AuditProofView>(
        'GET',
        `${ROOT}/proofs/${wantedKind}/${encodeURIComponent(wantedId.trim())}`,
      );
      setProof(found.proof);
      if (unable === undefined) await check(found.proof, trusted);
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  useEffect(() => {
    void (async () => {
      const kept = localStorage.getItem(KEPT_KEYS);
      const trusted = kept ?? (await keysOfServer().catch(() => ''));
      setFromServer(kept === null);
      setKeys(trusted);
      if (entry !== undefined) await fetchAndCheck('entries', String(entry), trusted);
    })();
    // Only when the page is opened for another entry.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [entry]);

  return (
    <div className="page">
      <h1 className="visually-hidden">Verify proof</h1>
      {unable === undefined ? null : (
        <Panel title="Not here">
          <p role="alert">
            <StateMark tone="warn">This browser cannot check proofs on this page</StateMark>
          </p>
          <p className="soft">{unable}</p>
        </Panel>
      )}
      <div className="audit-verify">
        <Panel title="What is to be proven">
          <form
            className="form audit-form"
            onSubmit={(event) => {
              event.preventDefault();
              if (id.trim() !== '') void fetchAndCheck(kind, id, keys);
            }}
          >
            <SelectField label="Proof of an" choices={KINDS} value={kind} onValue={setKind} />
            <TextField label="Which one" value={id} maxLength={64} onChange={(event) => setId(event.target.value)} />
            <div className="dialog-row">
              <Button tone="primary" type="submit" disabled={id.trim() === ''}>
                Fetch and check
              </Button>
            </div>
          </form>
          <Lines label="Or paste a proof (.tlog-proof)" value={proof} onValue={setProof} />
          <div className="dialog-row">
            {proof === '' ? null : (
              <a
                className="button plain"
                href={`data:text/plain;charset=utf-8,${encodeURIComponent(proof)}`}
                download="event.tlog-proof"
              >
                Save
              </a>
            )}
            <Button onClick={() => void check(proof, keys)} disabled={proof === '' || unable !== undefined}>
              Check
            </Button>
          </div>
        </Panel>
        <Panel title="Trusted keys" note={fromServer ? 'as this server gives them' : 'kept in this browser'}>
          <p className="soft">
            {fromServer
              ? 'Compare them with what the operator published (nautilus audit keys), then keep them: from then on this page no longer asks the server whom to trust.'
              : 'This page does not ask the server whom to trust.'}
          </p>
          <Lines label="One key a line" value={keys} onValue={setKeys} />
          <div className="dialog-row">
            <Button
              onClick={() => {
                localStorage.setItem(KEPT_KEYS, keys);
                setFromServer(false);
              }}
            >
              Keep these
            </Button>
            <Button
              tone="quiet"
              onClick={() => {
                localStorage.removeItem(KEPT_KEYS);
                setFromServer(true);
                void keysOfServer().then(setKeys, (failure: unknown) => setProblem(describeProblem(failure)));
              }}
            >
              Ask the server
            </Button>
          </div>
        </Panel>
      </div>
      <div role="status">
        {problem === null ? null : (
          <Panel title="Result">
            <StateMark tone="down">{problem}</StateMark>
          </Panel>
        )}
        {checked === null ? null : <Outcome checked={checked} />}
      </div>
    </div>
  );
}

async function keysOfServer(): Promise<string> {
  const { keys } = await call<AuditKeyList>('GET', `${ROOT}/keys`);
  const { witnesses } = await call<AuditWitnessList>('GET', `${ROOT}/witnesses`);
  return [...keys.map(({ vkey }) => vkey), ...witnesses.flatMap(({ vkeys }) => vkeys)].join('\n');
}

function Lines({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        <span>{label}</span>
      </label>
      <textarea
        id={id}
        className="input audit-lines"
        rows={5}
        spellCheck={false}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
    </div>
  );
}

function Outcome({ checked }: { checked: CheckedProof }) {
  const { holds, steps, path, entryText, origin, index, size, sequence } = checked;
  return (
    <Panel title="Result" note="checked in this browser">
      <p className="audit-verdict">
        {holds ? (
          <StateMark tone="ok">
            {sequence === null
              ? `Proven: entry ${integer(index)} of ${integer(size)} in ${origin}`
              : `Proven: command ${integer(sequence)} of the journal, in entry ${integer(index)} of ${integer(size)} of ${origin}`}
          </StateMark>
        ) : (
          <StateMark tone="down">Not proven: a step below does not hold</StateMark>
        )}
      </p>
      <ol className="audit-steps">
        {steps.map((step) => (
          <li key={`${step.title} ${step.detail}`}>
            <StateMark tone={step.holds ? 'ok' : 'down'}>{step.title}</StateMark>
            <span className="audit-hash muted">{step.detail}</span>
          </li>
        ))}
      </ol>
      <h3>What was logged</h3>
      <p className="audit-hash">{entryText}</p>
      <h3>From the entry to the signed root</h3>
      <ol className="audit-path num">
        {path.map((step, place) => (
          <li key={hexOf(step.hash)}>
            <span className="muted">{`${step.side} of level ${place}`}</span>
            <span className="audit-hash">{hexOf(step.sibling)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
