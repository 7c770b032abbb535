/**
 * Looks whether the servers can keep what the ack levels promise: copies, failure domains, syncing, encryption. Refuses
 * under the production profile; elsewhere says what is wrong and lowers the highest level that is stated.
 */
import { CodedError } from '#kit/errors.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { describeCause } from '../errors.ts';
import { STREAM_ERRORS } from './errors.ts';
import { connectTo } from './link.ts';
import type { StreamFacts, StreamLink } from './link.ts';
import { REPLICATED_COPIES_MIN, StreamProfile } from './options.ts';

const ANSWERS_MS = 500;
const PAYLOAD_BYTES_MIN = 1 << 20;

interface ServerSettings {
  tags: readonly string[];
  isSynced: boolean;
}

interface VarzAnswer {
  server: { name: string };
  data: { tags?: string[]; jetstream?: { config?: { sync_always?: boolean; sync_interval?: number } } };
}

interface Finding {
  /** The highest level that can be kept in spite of it. */
  keeps: AckLevel;
  what: string;
}

/**
 * Checks the servers that hold the stream. Returns the highest level they keep.
 * Rejects with JOURNAL_STREAM_SETTINGS under the production profile when anything is wrong or cannot be verified.
 */
export async function checkSettings(link: StreamLink, facts: StreamFacts): Promise<AckLevel> {
  const { options } = link;
  const findings = [...copyFindings(link, facts), ...(await serverFindings(link, facts)), ...linkFindings(link)];
  if (findings.length === 0) return AckLevel.replicatedDurable;
  const text = findings.map(({ what }) => what).join('; ');
  if (options.profile === StreamProfile.production) {
    throw new CodedError(STREAM_ERRORS.JOURNAL_STREAM_SETTINGS, `${options.stream}: ${text}`);
  }
  const highest = findings.reduce<AckLevel>(
    (level, { keeps }) => (keeps < level ? keeps : level),
    AckLevel.replicatedDurable,
  );
  options.log(`the servers of ${options.stream} would be refused in production: ${text}`);
  if (highest < AckLevel.replicated) options.log(`no order of ${options.shard} can be acknowledged as replicated`);
  return highest;
}

/** Who holds the stream, and whether one of them may go with a provider. */
function copyFindings({ options }: StreamLink, facts: StreamFacts): Finding[] {
  const found: Finding[] = [];
  const servers = serversOf(facts);
  const domains = new Set(servers.map((name) => options.domains[name]).filter((domain) => domain !== undefined));
  if (facts.replicas < REPLICATED_COPIES_MIN || servers.length < REPLICATED_COPIES_MIN) {
    found.push({
      keeps: AckLevel.durable,
      what: `it has ${servers.length} copies, ${REPLICATED_COPIES_MIN} are needed`,
    });
  }
  if (domains.size < Math.min(servers.length, REPLICATED_COPIES_MIN)) {
    const where = servers.map((name) => `${name} in ${options.domains[name] ?? 'an unknown domain'}`).join(', ');
    found.push({ keeps: AckLevel.durable, what: `its copies share a failure domain: ${where}` });
  }
  if (!facts.isFileStorage) found.push({ keeps: AckLevel.durable, what: 'it is kept in memory' });
  return found;
}

async function serverFindings(link: StreamLink, facts: StreamFacts): Promise<Finding[]> {
  const { options } = link;
  let settings: Map<string, ServerSettings>;
  try {
    settings = await askServers(link);
  } catch (error) {
    const why = error instanceof CodedError ? error.message : describeCause(error);
    return [{ keeps: AckLevel.replicated, what: `the servers' settings cannot be verified (${why})` }];
  }
  const found: Finding[] = [];
  for (const name of serversOf(facts)) {
    const server = settings.get(name);
    if (server === undefined) {
      found.push({ keeps: AckLevel.replicated, what: `${name} does not tell its settings` });
      continue;
    }
    if (!server.isSynced) found.push({ keeps: AckLevel.replicated, what: `${name} lacks sync_interval: always` });
    const tag = `provider:${options.domains[name]}`;
    if (!server.tags.includes(tag)) found.push({ keeps: AckLevel.durable, what: `${name} lacks the tag ${tag}` });
  }
  return found;
}

function linkFindings({ options, connection }: StreamLink): Finding[] {
  const found: Finding[] = [];
  if (options.tls === undefined)
    found.push({ keeps: AckLevel.replicatedDurable, what: 'the connection is not encrypted' });
  const payloadMax = connection.info?.max_payload ?? 0;
  if (payloadMax < PAYLOAD_BYTES_MIN) {
    found.push({
      keeps: AckLevel.replicatedDurable,
      what: `max_payload is ${payloadMax}, less than ${PAYLOAD_BYTES_MIN}`,
    });
  }
  return found;
}

/** The settings of every server that answers, by name. Asks in the system account; members cannot. */
async function askServers({ options }: StreamLink): Promise<Map<string, ServerSettings>> {
  if (options.systemCredentials === undefined) throw new Error('no credentials of the system account were given');
  const connection = await connectTo(options, options.systemCredentials);
  try {
    const settings = new Map<string, ServerSettings>();
    const answers = await connection.requestMany('$SYS.REQ.SERVER.PING.VARZ', '', {
      strategy: 'timer',
      maxWait: ANSWERS_MS,
    });
    for await (const answer of answers) {
      const { server, data } = answer.json<VarzAnswer>();
      settings.set(server.name, {
        tags: data.tags ?? [],
        isSynced: data.jetstream?.config?.sync_always === true,
      });
    }
    return settings;
  } finally {
    await connection.close();
  }
}

function serversOf({ leader, followers }: StreamFacts): string[] {
  return [...(leader === '' ? [] : [leader]), ...followers];
}
