/** Safety rules with their answers: each is named, and says in words why it holds or not. */
import type { FailoverReadiness } from '../../../src/api/schemas/failover.ts';
import { StateMark } from '../ui/state-mark.tsx';

interface CheckListProps {
  readonly label: string;
  readonly checks: FailoverReadiness['checks'];
}

export function CheckList({ label, checks }: CheckListProps) {
  return (
    <ul className="failover-checks" aria-label={label}>
      {checks.map(({ name, holds, canBeForced, detail }) => (
        <li key={name}>
          <StateMark tone={holds ? 'ok' : canBeForced ? 'warn' : 'down'}>
            {holds ? 'holds' : canBeForced ? 'two people' : 'no'}
          </StateMark>
          <strong>{name}</strong>
          <span className="soft num">{detail}</span>
        </li>
      ))}
    </ul>
  );
}
