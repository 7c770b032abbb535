/**
 * Round trips between every two sites: measured figures in colour by quality, and what light needs where nobody has measured. Colour
 * never stands alone: each cell has its figure, and a letter for what is not good.
 */
import type { NetworkMatrix } from '../../../src/api/schemas/network.ts';
import { useNetworkMatrix } from '../data/steering.ts';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';

type Link = NetworkMatrix['links'][number];

const LETTERS: Readonly<Record<Link['quality'], string>> = {
  good: '',
  fair: 'f',
  poor: 'p',
  lost: 'lost',
  wrong: '!',
  'not measured': '',
};
const MILLISECOND_MICROS = 1000;

function shortName(name: string): string {
  return name.replace(/^nautilus-/, '');
}

function millis(micros: number): string {
  return (micros / MILLISECOND_MICROS).toFixed(micros < 10 * MILLISECOND_MICROS ? 1 : 0);
}

export function LatencyMatrix() {
  const matrix = useNetworkMatrix();
  if (matrix.data === undefined) {
    return (
      <Panel title="Latency between sites">
        <Notice title={matrix.isPending ? 'Reading the matrix…' : 'No topology is configured here.'} />
      </Panel>
    );
  }
  const { sites, links } = matrix.data;
  const measured = links.filter(({ figures }) => figures !== null).length;
  const byPair = new Map(links.map((link) => [`${link.from} ${link.to}`, link]));
  return (
    <Panel title="Latency between sites" note={`round trip, ms · ${measured} of ${links.length} links measured`} flush>
      <ScrollRegion label="Latency between sites" className="matrix-scroll">
        <table className="matrix">
          <caption className="visually-hidden">
            Round trip in milliseconds from the site of the row to the site of the column
          </caption>
          <thead>
            <tr>
              <td />
              {sites.map(({ name }) => (
                <th key={name} scope="col">
                  <span>{shortName(name)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sites.map((from) => (
              <tr key={from.name}>
                <th scope="row">{shortName(from.name)}</th>
                {sites.map((to) => (
                  <MatrixCell key={to.name} link={byPair.get(`${from.name} ${to.name}`)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="matrix-legend">
        In brackets: what light in fibre needs, where no site has reported in the last minute. f fair, p poor, ! faster
        than light.
      </p>
    </Panel>
  );
}

function MatrixCell({ link }: { link: Link | undefined }) {
  if (link === undefined) return <td className="matrix-none">·</td>;
  const { figures, floorMicros, quality, because } = link;
  const title = `${link.from} to ${link.to}: ${because}; light needs ${millis(floorMicros)} ms`;
  if (figures === null) {
    return (
      <td className="matrix-floor" title={title}>
        ({millis(floorMicros)})
      </td>
    );
  }
  const figure = figures.p50Micros === null ? '' : millis(figures.p50Micros);
  return (
    <td className={`matrix-${quality.replace(' ', '-')}`} title={title}>
      {`${figure}${LETTERS[quality] === '' ? '' : ` ${LETTERS[quality]}`}`.trim()}
    </td>
  );
}
