/** A secret that was just made: shown, copied, and gone with its dialog. Never kept anywhere. */
import { Button } from './button.tsx';
import { StateMark } from './state-mark.tsx';

interface ShownOnceProps {
  /** What was made. */
  readonly title: string;
  readonly secret: string;
  /** A sentence beside the warning, such as when it lapses. */
  readonly note?: string;
  readonly onClose: () => void;
}

export function ShownOnce({ title, secret, note, onClose }: ShownOnceProps) {
  return (
    <div role="status">
      <StateMark tone="ok">{title}</StateMark>
      <p className="secret mono">{secret}</p>
      <p className="muted">{note === undefined ? 'Shown this once.' : `Shown this once. ${note}`}</p>
      <div className="dialog-row">
        <Button onClick={() => void navigator.clipboard.writeText(secret)}>Copy</Button>
        <Button tone="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
