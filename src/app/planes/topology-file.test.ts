/** The topology document that is shipped, and how mistakes in one are told. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTopology, readTopologyFile } from './topology-file.ts';

const FILE = path.resolve(import.meta.dirname, '../../../config/topology.yaml');
const TEXT = readFileSync(FILE, 'utf8');

function lineWith(text: string, part: string): number {
  return text.split('\n').findIndex((line) => line.includes(part)) + 1;
}

describe('config/topology.yaml', () => {
  it('has the ten clusters and keeps every rule', () => {
    const { topology, findings } = readTopologyFile(FILE);
    expect(findings).toEqual([]);
    expect(topology?.clusters.map(({ name, provider, region }) => [name, provider, region])).toEqual([
      ['nautilus-primary-us-east', 'aws', 'us-east-1'],
      ['nautilus-primary-eu-west', 'gcp', 'europe-west1'],
      ['nautilus-primary-asia-northeast', 'azure', 'japaneast'],
      ['nautilus-hub-us-west', 'aws', 'us-west-2'],
      ['nautilus-hub-eu-central', 'gcp', 'europe-west3'],
      ['nautilus-hub-asia-southeast', 'azure', 'southeastasia'],
      ['nautilus-dr-us-west', 'gcp', 'us-west1'],
      ['nautilus-dr-eu-central', 'azure', 'germanywestcentral'],
      ['nautilus-dr-asia-australia', 'aws', 'ap-southeast-2'],
      ['nautilus-analytics-us', 'gcp', 'us-west1'],
    ]);
    expect(topology?.witnesses.map(({ provider, region }) => [provider, region])).toEqual([
      ['azure', 'centralus'],
      ['aws', 'eu-west-1'],
      ['gcp', 'asia-northeast3'],
    ]);
    const leaders = topology?.shards
      .filter(({ name }) => name === 'eu')
      .flatMap(({ primary, standby }) => [primary, standby]);
    const inside = topology?.clusters.filter(({ name }) => leaders?.includes(name)).map((site) => site.jurisdiction);
    expect(inside).toEqual(['eu', 'eu']);
  });
});

describe('a topology document with a mistake', () => {
  it('names the line of a broken rule', () => {
    const text = TEXT.replace('addressRange: 10.21.0.0/16', 'addressRange: 10.16.0.0/15');
    expect(readTopology(text).findings).toEqual([
      {
        code: 'TOPOLOGY_ADDRESS_OVERLAP',
        line: lineWith(text, '10.16.0.0/15'),
        place: 'clusters[5].addressRange',
        message: '10.16.0.0/15 overlaps 10.16.0.0/16 of nautilus-primary-us-east',
      },
      expect.objectContaining({ message: '10.16.0.0/15 overlaps 10.17.0.0/16 of nautilus-primary-eu-west' }),
    ]);
  });

  it('says which country may not lead a European shard', () => {
    const text = TEXT.replace('standby: nautilus-dr-eu-central', 'standby: nautilus-dr-asia-australia');
    const { findings } = readTopology(text);
    expect(findings.map(({ code }) => code)).toEqual([
      'TOPOLOGY_REPLICAS_SHARE_PROVIDER',
      'TOPOLOGY_RESIDENCY_LEAD',
      'TOPOLOGY_RESIDENCY_STORE',
    ]);
    expect(findings[1]).toMatchObject({
      line: lineWith(text, 'standby: nautilus-dr-asia-australia'),
      place: 'shards[1].standby',
      message: 'nautilus-dr-asia-australia lies in au; eu may be led in eu only',
    });
  });

  it('is no topology where its form is wrong, and names the line', () => {
    const text = TEXT.replace('tier: analytics', 'tier: analytical');
    const { topology, findings } = readTopology(text);
    expect(topology).toBeUndefined();
    expect(findings).toMatchObject([
      { code: 'TOPOLOGY_SHAPE', line: lineWith(text, 'analytical'), place: 'clusters[9].tier' },
    ]);
    expect(readTopology('clusters: [').findings).toMatchObject([{ code: 'TOPOLOGY_SHAPE', line: 1, place: '' }]);
    expect(readTopology('').findings[0]?.code).toBe('TOPOLOGY_SHAPE');
  });

  it('is refused with a code where there is none', () => {
    expect(() => readTopologyFile('/nonexistent/topology.yaml')).toThrow(/TOPOLOGY_UNREADABLE|cannot be read/);
  });
});
