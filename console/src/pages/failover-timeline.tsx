/**
 * The last changes of the leader, each a bar of its steps on one scale of time, and what they cost altogether. The same
 * figures stand in words under each bar.
 */
import type { FailoverRecord, FailoverRecords } from '../../../src/api/schemas/failover.ts';
import { NONE, count, duration, durationText, integer } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import { barParts, totalMicros, type BarPart } from './failover-bar.ts';

const STATES: Readonly<Record<FailoverRecord['state'], { readonly tone: Tone; readonly word: string }>> = {
  announced: { tone: 'info', word: 'announced' },
  draining: { tone: 'info', word: 'draining' },
  promoting: { tone: 'info', word: 'promoting' },
  done: { tone: 'ok', word: 'done' },
  failed: { tone: 'down', word: 'failed' },
  aborted: { tone: 'off', word: 'taken back' },
};

const KINDS = ['takeover', 'switchover', 'failback'] as const;

export function Timeline({ failovers }: { failovers: readonly FailoverRecord[] }) {
  const longestMicros = Math.max(0, ...failovers.map(totalMicros));
  return (
    <Panel
      title="Last changes of the leader"
      {...(longestMicros > 0 && { note: `bars on one scale; the longest is ${durationText(longestMicros)}` })}
    >
      {failovers.length === 0 ? (
        <Notice title="The leader was never changed.">
          A takeover begins by itself when the leader is lost. The dry run says what a switchover would do.
        </Notice>
      ) : (
        <ScrollRegion label="Last changes of the leader">
          <ol className="failover-list" aria-label="Changes of the leader, newest first">
            {failovers.map((record) => (
              <TimelineRow key={record.failoverId} record={record} longestMicros={longestMicros} />
            ))}
          </ol>
        </ScrollRegion>
      )}
    </Panel>
  );
}

/** Who wanted a change: people by name, or nobody at all. */
export function byWhom({ by }: Pick<FailoverRecord, 'by'>): string {
  return by.length === 1 && by[0] === 'automatic' ? 'by itself' : `by ${by.join(' and ')}`;
}

function TimelineRow({ record, longestMicros }: { record: FailoverRecord; longestMicros: number }) {
  const { tone, word } = STATES[record.state];
  const parts = barParts(record, longestMicros);
  return (
    <li className="failover-row">
      <div className="failover-what">
        <span className="failover-line">
          <strong>{record.kind}</strong>
          <span className="num nowrap">
            {record.from ?? 'nobody'} → {record.to}
          </span>
          <StateMark tone={tone}>{word}</StateMark>
        </span>
        <span className="failover-when num">{dateTime(record.requestedMicros)}</span>
      </div>
      <div className="failover-how">
        <div className="failover-track">
          <div className="failover-bar" aria-hidden="true">
            {parts.map((part) => (
              <span
                key={part.name}
                className={`failover-part step-${part.name.replace(' ', '-')}`}
                style={{ width: `${part.widthPercent}%` }}
              />
            ))}
          </div>
          <span className="failover-total num">{durationText(record.outageMicros)}</span>
        </div>
        <PartLabels parts={parts} />
        <p className="failover-why">
          {record.failure === null ? '' : `${record.failure} · `}
          {record.reason}, {byWhom(record)}
          {record.isForced ? ' · past a rule, by two people' : ''}
          {record.commandsLost === null ? '' : ` · ${count(record.commandsLost, 'command')} lost`}
        </p>
      </div>
    </li>
  );
}

function PartLabels({ parts }: { parts: readonly BarPart[] }) {
  if (parts.length === 0) return null;
  return (
    <ul className="failover-labels">
      {parts.map(({ name, tookMicros }) => (
        <li key={name}>
          <span className={`failover-swatch step-${name.replace(' ', '-')}`} aria-hidden="true" />
          {name} <span className="num">{durationText(tookMicros)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Recovery time and recovery point, as they were measured here. */
export function CostTiles({ records }: { records: FailoverRecords }) {
  return (
    <section className="tiles failover-tiles" aria-label="What changes cost">
      {KINDS.map((kind) => {
        const measured = records.outageMicros[kind];
        const { figure, unit } = duration(measured?.p50);
        return (
          <div key={kind} className="tile">
            <h2 className="tile-name">RTO, {kind}</h2>
            <p className="tile-figure num">
              {figure} <span className="tile-unit">{unit}</span>
            </p>
            <p className="failover-spread num">
              {measured === null
                ? 'none measured yet'
                : `p99 ${durationText(measured.p99)} · max ${durationText(measured.max)}`}
            </p>
          </div>
        );
      })}
      <div className="tile">
        <h2 className="tile-name">RPO, all changes</h2>
        <p className="tile-figure num">
          {records.changes === 0 ? NONE : integer(records.commandsLost)}{' '}
          <span className="tile-unit">commands lost</span>
        </p>
        <p className="failover-spread num">
          {records.changes === 0
            ? 'no change yet'
            : `${count(records.changes, 'change')}, ${integer(records.failed)} failed`}
        </p>
      </div>
    </section>
  );
}
