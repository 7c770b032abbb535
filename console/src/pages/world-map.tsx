/**
 * The clusters on a map of the world, each with its state as shape and colour, and the copies of each shard joined by a
 * line. A picture beside the table, which says the same in words. The outline is Natural Earth's, in the public domain.
 */
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import land from 'world-atlas/land-110m.json';
import type { ClusterList, HealthStateName, ShardList } from '../../../src/api/schemas/federation.ts';
import './world-map.css';

const WIDTH = 960;
const HEIGHT = 440;
/** Antarctica has no clusters: the picture ends above it. */
const MAP_HEIGHT = 500;
/** Marks nearer than this are put side by side. */
const MARK_PIXELS = 13;

const projection = geoNaturalEarth1().fitSize([WIDTH, MAP_HEIGHT], { type: 'Sphere' });
const outline = land as unknown as Topology;
const landPath =
  geoPath(projection)(feature(outline, outline.objects['land'] ?? { type: 'GeometryCollection', geometries: [] })) ??
  '';

const MARKS: Readonly<Record<HealthStateName | 'witness', string>> = {
  healthy: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z',
  degraded: 'M0-5.5 5.5 4.5H-5.5Z',
  unhealthy: 'M-4.5-4.5h9v9h-9Z',
  unknown: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z',
  witness: 'M0-3.5 3.5 0 0 3.5-3.5 0Z',
};

interface Mark {
  readonly name: string;
  readonly kind: HealthStateName | 'witness';
  readonly home: boolean;
  readonly x: number;
  readonly y: number;
}

interface WorldMapProps {
  readonly list: ClusterList;
  readonly shards: ShardList['shards'];
}

export function WorldMap({ list, shards }: WorldMapProps) {
  const marks = placeMarks(list);
  const byName = new Map(marks.map((mark) => [mark.name, mark]));
  const counts = (['healthy', 'degraded', 'unhealthy', 'unknown'] as const)
    .map((state) => [list.clusters.filter((cluster) => cluster.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`);
  return (
    <svg
      className="world"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Map of the clusters: ${counts.join(', ')}. The table below says the same in words.`}
    >
      <path className="world-land" d={landPath} />
      {shards.map((shard) => {
        const copies = [shard.primary, shard.standby, shard.witness].flatMap((name) => byName.get(name ?? '') ?? []);
        const points = copies.map(({ x, y }) => `${x},${y}`).join(' ');
        return <polygon key={shard.shard} className="world-shard" points={points} />;
      })}
      {marks.map(({ name, kind, home, x, y }) => (
        <g key={name} transform={`translate(${x} ${y})`} className={`world-mark ${kind}`}>
          <title>{`${name}: ${kind}`}</title>
          {home ? <circle className="world-home" r="9" /> : null}
          <path d={MARKS[kind]} />
        </g>
      ))}
    </svg>
  );
}

function placeMarks(list: ClusterList): Mark[] {
  const placed: Mark[] = [];
  const sites = [
    ...list.clusters.map(({ name, coordinates, state, home }) => ({ name, coordinates, home, kind: state })),
    ...list.witnesses.map(({ name, coordinates }) => ({
      name,
      coordinates,
      home: false,
      kind: 'witness' as const,
    })),
  ];
  for (const { name, coordinates, kind, home } of sites) {
    const spot = projection([coordinates.longitude, coordinates.latitude]);
    if (spot === null) continue;
    const [, y] = spot;
    let [x] = spot;
    while (placed.some((other) => Math.abs(other.x - x) < MARK_PIXELS && Math.abs(other.y - y) < MARK_PIXELS)) {
      x += MARK_PIXELS;
    }
    placed.push({ name, kind, home, x, y });
  }
  return placed;
}
