/** Where nodes can stand: a map and the same in words, and what this machine was measured to be able to do. */
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import land from 'world-atlas/land-110m.json';
import type { EdgeSelfTest, EdgeSiteList } from '../../../src/api/schemas/edge-network.ts';
import { describeProblem } from '../data/client.ts';
import { useEdgeSites, useRunSelfTest, useSelfTests } from '../data/edge.ts';
import { useMay, useStatus } from '../data/queries.ts';
import { integer, NONE } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './edge.css';

const WIDTH = 960;
const HEIGHT = 430;
const MAP_HEIGHT = 500;
const HOUR_MICROS = 3_600_000_000;
const HOURS_A_DAY = 24;
const projection = geoNaturalEarth1().fitSize([WIDTH, MAP_HEIGHT], { type: 'Sphere' });
const outline = land as unknown as Topology;
const shape = feature(outline, outline.objects['land'] ?? { type: 'GeometryCollection', geometries: [] });
const landPath = geoPath(projection)(shape) ?? '';

type Site = EdgeSiteList['sites'][number];

export function SitesPage() {
  const list = useEdgeSites();
  const sites = list.data?.sites ?? [];
  return (
    <div className="page">
      <h1 className="visually-hidden">Sites</h1>
      {list.isPending ? <Notice title="Reading the sites…" /> : null}
      {list.isError ? <Notice title="Sites cannot be read.">{describeProblem(list.error)}</Notice> : null}
      <Panel title="Map of the sites" note={`${sites.length} sites · dots are venues, rings are cloud regions`}>
        <SiteMap sites={sites} />
      </Panel>
      <Panel title="Sites" note={list.data?.currency === undefined ? '' : `${list.data.currency} a month`} flush>
        <ScrollRegion label="Sites">
          <SiteTable sites={sites} />
        </ScrollRegion>
      </Panel>
      <SelfTestPanel />
    </div>
  );
}

function SiteMap({ sites }: { sites: readonly Site[] }) {
  return (
    <svg
      className="edge-map"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Map of ${sites.length} sites; the table below says the same in words`}
    >
      <path className="land" d={landPath} />
      {sites.map(({ id, kind, latitude, longitude }) => {
        const [x, y] = projection([longitude, latitude]) ?? [0, 0];
        return <circle key={id} className={kind} cx={x} cy={y} r={kind === 'venue' ? 4 : 7} />;
      })}
    </svg>
  );
}

/** The hour of the platform’s clock, which the hours of markets are told in. */
function useUtcHour(): number {
  const micros = useStatus().data?.timeMicros;
  return micros === undefined ? 0 : Math.floor(micros / HOUR_MICROS) % HOURS_A_DAY;
}

function SiteTable({ sites }: { sites: readonly Site[] }) {
  const hour = useUtcHour();
  return (
    <table className="edge-table">
      <thead>
        <tr>
          <th>site</th>
          <th>market</th>
          <th>provider</th>
          <th>law</th>
          <th className="end">site</th>
          <th className="end">each node</th>
          <th className="end">nodes</th>
          <th className="end">orders/s a node</th>
          <th>classes</th>
        </tr>
      </thead>
      <tbody>
        {sites.map((site) => (
          <tr key={site.id}>
            <td>{site.name}</td>
            <td>
              {site.marketOpen === null ? (
                NONE
              ) : (
                <StateMark tone={(site.marketOpen[hour] ?? 0) > 0 ? 'ok' : 'off'}>
                  {site.market} {(site.marketOpen[hour] ?? 0) > 0 ? 'in hours' : 'out of hours'}
                </StateMark>
              )}
            </td>
            <td>{site.provider}</td>
            <td>{site.jurisdiction}</td>
            <td className="end">{integer(site.siteCost)}</td>
            <td className="end">{integer(site.nodeCost)}</td>
            <td className="end">{site.nodesMax}</td>
            <td className="end">{integer(site.nodeOrdersPerSecond)}</td>
            <td>{site.nodeClasses.join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SelfTestPanel() {
  const [latest] = useSelfTests().data?.selfTests ?? [];
  const run = useRunSelfTest();
  const may = useMay('operations.write');
  return (
    <Panel
      title="Self-test of this machine"
      note={latest === undefined ? 'not measured yet' : dateTime(latest.timeMicros)}
      {...(may
        ? {
            actions: (
              <Button small disabled={run.isPending} onClick={() => run.mutate()}>
                {run.isPending ? 'Measuring…' : 'Measure now'}
              </Button>
            ),
          }
        : {})}
    >
      {run.isError ? <p role="alert">{describeProblem(run.error)}</p> : null}
      {latest === undefined ? (
        <Notice title="Nothing was measured yet.">A class is never typed in: it is proven by measuring.</Notice>
      ) : (
        <Verdicts test={latest} />
      )}
    </Panel>
  );
}

const TONES = { passed: 'ok', failed: 'down', unmeasured: 'off' } as const;

function Verdicts({ test }: { test: EdgeSelfTest }) {
  return (
    <ScrollRegion label="Checks of each class">
      <table className="edge-table">
        <thead>
          <tr>
            <th>class</th>
            <th>check</th>
            <th className="end">measured</th>
            <th className="end">limit</th>
            <th>of</th>
          </tr>
        </thead>
        <tbody>
          {test.verdicts.flatMap(({ nodeClass, checks }) =>
            checks.map(({ check, state, measured, limit, unit, detail }) => (
              <tr key={`${nodeClass} ${check}`}>
                <td>{nodeClass}</td>
                <td>
                  <StateMark tone={TONES[state]}>
                    {check} {state}
                  </StateMark>
                </td>
                <td className="end">{measured === null ? NONE : `${integer(measured)} ${unit}`}</td>
                <td className="end">
                  {integer(limit)} {unit}
                </td>
                <td>{detail}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
