/**
 * `nautilus topology`: checks, shows and explains a topology document. Works on the file alone: nothing needs to run, and
 * nothing is changed.
 */
import { createPublicKey } from 'node:crypto';
import { makeMemberKey } from '#federation/registry/member-key.ts';
import { publicKeyText } from '#federation/registry/signed.ts';
import { sitesOf, isCluster, type Site, type Topology } from '#federation/topology/model.ts';
import { lossEvents, shardSurvival, LOSS_LEVELS } from '#federation/topology/survival.ts';
import type { Fate, LossEvent, LevelSurvival } from '#federation/topology/survival.ts';
import { TOPOLOGY_ERRORS } from '#federation/topology/errors.ts';
import { CodedError } from '#kit/errors.ts';
import { readTopologyFile, type TopologyFinding, type TopologyReading } from '#app/planes/topology-file.ts';
import { table, type Result } from './output.ts';

const WIDTH_MAX = 118;

/** Every finding with its code, place and explanation; `sound` says whether there was none. */
export function topologyCheck(file: string): Result & { readonly sound: boolean } {
  const { topology, findings } = readTopologyFile(file);
  const sound = findings.length === 0;
  const counts =
    topology === undefined
      ? ''
      : `: ${topology.clusters.length} clusters, ${topology.witnesses.length} witness sites, ${topology.shards.length} shards`;
  return {
    sound,
    json: { file, sound, findings: findings.map(explained) },
    lines: sound
      ? [`${file} keeps every rule${counts}.`]
      : [
          ...findings.flatMap((finding) => findingLines(file, finding)),
          '',
          `${findings.length} ${findings.length === 1 ? 'violation' : 'violations'}.`,
        ],
  };
}

function explained(finding: TopologyFinding): object {
  const { title, help } = TOPOLOGY_ERRORS[finding.code];
  return { ...finding, title, help };
}

function findingLines(file: string, { code, line, place, message }: TopologyFinding): string[] {
  const { title, help } = TOPOLOGY_ERRORS[code];
  return [`${file}:${line}: ${place === '' ? '' : `${place}: `}${message}`, `  ${code}: ${title}. ${help}`];
}

/** Sites as a table, shards as trees of their copies. Throws TOPOLOGY_UNREADABLE, TOPOLOGY_SHAPE. */
export function topologyShown(file: string): Result {
  const topology = usable(file, readTopologyFile(file));
  const sites = sitesOf(topology).map((site) => [
    site.name,
    `${site.provider} ${site.region}`,
    site.place,
    isCluster(site) ? site.tier : 'witness',
    isCluster(site) ? nodesText(site.nodes, site.preemptible) : '1',
    site.addressRange,
    site.jurisdiction,
    site.failureDomain,
  ]);
  const headings = ['SITE', 'PROVIDER, REGION', 'PLACE', 'TIER', 'NODES', 'ADDRESSES', 'LAW', 'FAILS WITH'];
  return { json: topology, lines: [...table(headings, sites), '', ...topology.shards.flatMap(shardTree(topology))] };
}

function nodesText({ min, max }: { readonly min: number; readonly max: number }, preemptible: boolean): string {
  return `${min}–${max}${preemptible ? ' preemptible' : ''}`;
}

function shardTree(topology: Topology) {
  const sites = new Map(sitesOf(topology).map((site) => [site.name, site]));
  return (shard: Topology['shards'][number]): string[] => {
    const copies = (['primary', 'standby', 'witness'] as const).flatMap((role) => {
      const site = sites.get(shard[role] ?? '');
      return site === undefined ? [] : [{ role, site }];
    });
    return [
      `shard ${shard.name} (residency ${shard.residency})`,
      ...copies.map(({ role, site }, at) => `${at === copies.length - 1 ? '└' : '├'} ${role.padEnd(8)} ${where(site)}`),
    ];
  };
}

function where(site: Site): string {
  return `${site.name}, ${site.provider} ${site.region}, ${site.place}`;
}

/** What each shard survives, and what goes with each site, region and provider. Throws as `topologyShown` does. */
export function topologyPlan(file: string): Result {
  const topology = usable(file, readTopologyFile(file));
  const shards = topology.shards.map((shard) => shardSurvival(topology, shard));
  const events = lossEvents(topology);
  const rows = shards.map(({ shard, levels }) => [shard, ...levels.map(survivalText)]);
  const felt = events.filter((event) => event.shards.length > 0);
  const spared = events.filter((event) => event.scope === 'site' && event.shards.length === 0);
  return {
    json: { shards, events },
    lines: [
      'Survives the loss of any one',
      ...table(['SHARD', ...LOSS_LEVELS.map((level) => level.toUpperCase())], rows),
      '',
      'When this goes',
      ...table(['WHAT', 'NAME', 'SHARD', 'THEN', 'ACKNOWLEDGED ORDERS LOST'], felt.flatMap(eventRows)),
      '',
      ...wrap(sparedText(spared.map(({ name }) => name))),
      ...wrap(
        'lag: what was acknowledged at journaled or durable and not yet replicated. replicated: acknowledged at that level.',
      ),
    ],
  };
}

function sparedText(names: readonly string[]): string {
  if (names.length === 0) return 'Every site holds a copy of some shard.';
  return `No shard has a copy in ${names.join(', ')}: no order feels their loss.`;
}

function survivalText({ survives, fate }: LevelSurvival): string {
  return survives ? `yes (${fate.outcome})` : `NO (${fate.outcome})`;
}

function eventRows({ scope, name, shards }: LossEvent): string[][] {
  return shards.map(({ shard, fate }) => [scope, name, shard, thenText(fate), lossText(fate)]);
}

function thenText({ outcome, leader, copiesLeft, copies }: Fate): string {
  const left = `${copiesLeft} of ${copies} copies left`;
  switch (outcome) {
    case 'unaffected':
      return 'goes on';
    case 'reduced':
      return `goes on, ${left}`;
    case 'takeover':
      return `${leader ?? ''} takes over, ${left}`;
    case 'halted':
      return `HALTS, ${left}`;
  }
}

function lossText({ lost }: Fate): string {
  if (lost.journaled === lost.replicated) return lost.replicated;
  return `${lost.journaled} (replicated: ${lost.replicated})`;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH_MAX) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Makes a member's key in a new file; gives the line for the topology. Throws FEDERATION_KEY_UNUSABLE. */
export function memberKey(name: string, cluster: string, file: string): Result {
  const publicKey = publicKeyText(createPublicKey(makeMemberKey(file)));
  return {
    json: { name, cluster, publicKey, keyFile: file },
    lines: [
      `The private key of ${name} is in ${file}; there is no other copy. Under \`members\` in the topology:`,
      `  - { name: ${name}, cluster: ${cluster}, publicKey: ${publicKey} }`,
    ],
  };
}

function usable(file: string, { topology, findings }: TopologyReading): Topology {
  if (topology !== undefined) return topology;
  const mistakes = findings.map(({ line, place, message }) => `\n${file}:${line}: ${place}: ${message}`);
  throw new CodedError(TOPOLOGY_ERRORS.TOPOLOGY_SHAPE, mistakes.join(''));
}
