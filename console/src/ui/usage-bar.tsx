/**
 * How much of a limit is used: bar, figures, and a word when it is near or over.
 */
import './usage-bar.css';

/** From this share of a limit on, the bar says "near". */
const NEAR_SHARE = 0.8;

interface UsageBarProps {
  readonly label: string;
  readonly used: number;
  /** 0 or null means that nothing is limited. */
  readonly limit: number | null;
  readonly text: string;
}

export function usageTone(used: number, limit: number | null): 'none' | 'free' | 'near' | 'full' {
  if (limit === null || limit <= 0) return 'none';
  if (used >= limit) return 'full';
  return used >= limit * NEAR_SHARE ? 'near' : 'free';
}

export function UsageBar({ label, used, limit, text }: UsageBarProps) {
  const tone = usageTone(used, limit);
  const percent = limit === null || limit <= 0 ? 0 : Math.min(100, Math.max(0, (used / limit) * 100));
  const word = tone === 'full' ? 'at limit' : tone === 'near' ? 'near' : '';
  return (
    <div className={`usage usage-${tone}`}>
      <div
        className="usage-track"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
        aria-valuetext={tone === 'none' ? 'no limit' : `${Math.round(percent)} % used ${word}`.trim()}
      >
        <div className="usage-fill" style={{ width: `${percent}%` }} />
      </div>
      <span className="usage-text num">{text}</span>
      <span className="usage-word">{word}</span>
    </div>
  );
}
