/**
 * The box that everything stands in: a heading, what may be done, the content, and what is said when there is none.
 */
import type { ReactNode } from 'react';
import './panel.css';

interface PanelProps {
  readonly title: ReactNode;
  /** Small text after the title: a unit, a count, an age. */
  readonly note?: ReactNode;
  /** Buttons or choices at the right of the heading. */
  readonly actions?: ReactNode;
  /** No padding: the content (a table, a chart) reaches the border. */
  readonly flush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, note, actions, flush = false, className = '', children }: PanelProps) {
  return (
    <section className={`panel ${className}`}>
      <header className="panel-head">
        <h2>{title}</h2>
        {note === undefined ? null : <span className="panel-note">{note}</span>}
        {actions === undefined ? null : <div className="panel-actions">{actions}</div>}
      </header>
      <div className={flush ? 'panel-body flush' : 'panel-body'}>{children}</div>
    </section>
  );
}

interface NoticeProps {
  readonly title: ReactNode;
  /** What it means or what to do. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** What stands where content would be: nothing yet, loading, or a failure. */
export function Notice({ title, children, action }: NoticeProps) {
  return (
    <div className="notice">
      <p className="notice-title">{title}</p>
      {children === undefined ? null : <p className="notice-text">{children}</p>}
      {action === undefined ? null : <div className="notice-action">{action}</div>}
    </div>
  );
}
