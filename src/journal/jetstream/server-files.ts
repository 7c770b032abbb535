/**
 * The configuration of the nats-servers that hold a shard's journal, as text: what durability needs, and who may do what.
 * Holds no secret: public keys come from a file beside it, and servers read it again on SIGHUP.
 */
import { streamNames } from './options.ts';

/** A server of a shard: one at each site that holds a copy. */
export interface ShardServer {
  name: string;
  provider: string;
  region: string;
  /** Address and port on which clients reach it, and on which it listens for them. */
  listen: string;
  /** Where it listens for the other servers. */
  clusterListen: string;
}

export interface ShardServers {
  shard: string;
  servers: readonly ShardServer[];
  /** Who may lead the shard. */
  members: readonly string[];
  /** Where the other servers are reached, as `host:port`, in the servers' order. */
  routes: readonly string[];
  /** Folders on the servers. */
  storeFolder: string;
  tlsFolder: string;
}

const NOTE =
  '# Derived: change config/topology.yaml or src/journal/jetstream/server-files.ts, then run node tools/catalogues.ts\n';

/** Name of the variable in keys.conf that holds a member's public NATS key. */
export function keyVariable(member: string): string {
  return `KEY_${member.replaceAll('-', '_')}`;
}

/** What one server reads. */
export function serverFile(plan: ShardServers, server: ShardServer): string {
  const { shard, routes, storeFolder, tlsFolder } = plan;
  return `${NOTE}server_name: ${server.name}
listen: "${server.listen}"
server_tags: ["provider:${server.provider}", "region:${server.region}"]
# A message of the journal is at most 1 MiB, headers included.
max_payload: 1MB
# A link that is cut is noticed within seconds.
ping_interval: "2s"
ping_max: 2

jetstream {
  store_dir: "${storeFolder}/${server.name}"
  # Every message is on the disk before it is acknowledged; servers before 2.10 do not know this and refuse to start.
  sync_interval: always
  # Copies of a stream are never on two servers of one provider.
  unique_tag: "provider:"
}

tls {
  cert_file: "${tlsFolder}/${server.name}.pem"
  key_file: "${tlsFolder}/${server.name}-key.pem"
  ca_file: "${tlsFolder}/authority.pem"
}

cluster {
  name: ${shard}
  listen: "${server.clusterListen}"
  no_advertise: true
  routes: [${routes.map((route) => `"nats-route://${route}"`).join(', ')}]
  tls {
    cert_file: "${tlsFolder}/${server.name}.pem"
    key_file: "${tlsFolder}/${server.name}-key.pem"
    ca_file: "${tlsFolder}/authority.pem"
    verify: true
  }
}

include ./accounts.conf
`;
}

/** Who may do what, the same for every server of a shard. Public keys are variables of keys.conf. */
export function accountsFile({ shard, members }: ShardServers): string {
  return `${NOTE}include ./keys.conf

accounts {
  # Reads the servers' settings at start; may do nothing else.
  SYS {
    users: [
      { nkey: $${keyVariable('auditor')}, permissions: {
        publish: { allow: ["$SYS.REQ.SERVER.PING.VARZ"] }
        subscribe: { allow: ["_INBOX.>"] }
      } }
    ]
  }
  JOURNAL {
    jetstream: enabled
    users: [
      # Makes streams and buckets; needed for that only.
      { nkey: $${keyVariable('administrator')} }
${members.map((member) => userEntry(member, memberSubjects(shard))).join('\n')}
      # Follows the journal: the platform, surveillance, archives.
${userEntry('reader', readerSubjects(shard))}
    ]
  }
}
system_account: SYS
`;
}

function userEntry(user: string, publish: readonly string[]): string {
  return `      { nkey: $${keyVariable(user)}, permissions: {
        publish: { allow: [
          ${publish.map((subject) => `"${subject}"`).join('\n          ')}
        ] }
        subscribe: { allow: ["_INBOX.${user}.>"] }
      } }`;
}

/** What a reader of the shard calls: facts about its streams, and consumers of them. */
function readerSubjects(shard: string): string[] {
  const { stream, bucket } = streamNames(shard);
  return ['$JS.API.INFO', ...readingOf(stream), ...readingOf(`OBJ_${bucket}`)];
}

function readingOf(stream: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
  ];
}

/** What a member of the shard does beyond reading: append, keep snapshots, let go of what they cover, place the leader. */
function memberSubjects(shard: string): string[] {
  const { stream, bucket, subjects } = streamNames(shard);
  return [
    ...readerSubjects(shard),
    ...Object.values(subjects),
    `$JS.API.STREAM.PURGE.${stream}`,
    `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`,
    `$JS.API.STREAM.PURGE.OBJ_${bucket}`,
    `$O.${bucket}.>`,
  ];
}
