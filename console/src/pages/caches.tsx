/** The caches: what each promises, why, how it does, and which promises can be combined at all. */
import { describeProblem } from '../data/client.ts';
import { useCachePolicies, useEdgeCaches } from '../data/edge.ts';
import { integer, NONE, percent } from '../format/numbers.ts';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './edge.css';

export function CachesPage() {
  const list = useEdgeCaches();
  return (
    <div className="page">
      <h1 className="visually-hidden">Caches</h1>
      {list.isError ? <Notice title="Caches cannot be read.">{describeProblem(list.error)}</Notice> : null}
      <Panel title="Caches in use" note={`${list.data?.caches.length ?? 0}`} flush>
        <ScrollRegion label="Caches in use">
          <table className="edge-table">
            <thead>
              <tr>
                <th>cache</th>
                <th>promise</th>
                <th className="end">items</th>
                <th className="end">hits</th>
                <th>source</th>
                <th>why so</th>
              </tr>
            </thead>
            <tbody>
              {(list.data?.caches ?? []).map(({ name, strategy, consistency, totals, source, reason }) => {
                const asked = totals.hits + totals.misses;
                return (
                  <tr key={name}>
                    <td>{name}</td>
                    <td>
                      {strategy}, {consistency}
                    </td>
                    <td className="end">{integer(totals.items)}</td>
                    <td className="end">{asked === 0 ? NONE : `${percent(totals.hits / asked, 1)} %`}</td>
                    <td>
                      <StateMark tone={totals.sourceFailures > 0 ? 'warn' : 'ok'}>
                        {totals.sourceFailures > 0 ? `${integer(totals.sourceFailures)} failures` : 'answers'}
                      </StateMark>{' '}
                      {source}
                    </td>
                    <td>{reason}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </ScrollRegion>
      </Panel>
      <Matrix />
    </div>
  );
}

function Matrix() {
  const pairs = useCachePolicies().data?.pairs ?? [];
  const levels = [...new Set(pairs.map(({ consistency }) => consistency))];
  const strategies = [...new Set(pairs.map(({ strategy }) => strategy))];
  return (
    <Panel title="What can be combined" note="strategy against consistency" flush>
      <ScrollRegion label="What can be combined">
        <table className="edge-table">
          <thead>
            <tr>
              <th>strategy</th>
              {levels.map((level) => (
                <th key={level}>{level}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {strategies.map((strategy) => (
              <tr key={strategy}>
                <td>{strategy}</td>
                {levels.map((level) => {
                  const why =
                    pairs.find((pair) => pair.strategy === strategy && pair.consistency === level)?.impossible ?? null;
                  return (
                    <td key={level}>
                      <StateMark tone={why === null ? 'ok' : 'off'}>{why ?? 'possible'}</StateMark>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}
