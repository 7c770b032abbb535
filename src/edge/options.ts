/**
 * The options of a node's process: a JSON file, checked once and turned into what `startNode` takes. Every mistake is
 * named with its path in the file; unknown keys are mistakes.
 */
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import { CAPACITY_KEYS, DEFAULT_CAPACITY, invalidCapacity } from '#trading/capacity.ts';
import type { Endpoint } from './client-socket.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { NodeTls } from './listener.ts';
import type { NodeOptions } from './node-types.ts';
import { streamJournalSchema } from './stream-journal.ts';
import type { StreamJournalOptions } from './stream-journal.ts';

const count = z.number().int().nonnegative();
const capacity = z.partialRecord(z.enum(CAPACITY_KEYS as [keyof typeof DEFAULT_CAPACITY]), count.positive());

const schema = z.strictObject({
  /** Folder of journal, node.json and everything else the node writes. */
  dataFolder: z.string().min(1),
  /** Address to listen on; anything but the loopback interface needs `tls`. */
  host: z.string().min(1).default('127.0.0.1'),
  /** TCP port; 0 lets the system choose. */
  port: count.max(65_535).default(0),
  /** `ultra` never sleeps and spends a whole core on latency. */
  nodeClass: z.enum(['standard', 'ultra']).default('standard'),
  /** PEM files. With `clientAuthorityFile` clients must show a certificate that it signed. */
  tls: z
    .strictObject({
      certificateFile: z.string(),
      keyFile: z.string(),
      clientAuthorityFile: z.string().optional(),
    })
    .optional(),
  /** Where sessions are looked up: the platform's database, or a JSON file. */
  sessions: z.union([z.strictObject({ database: z.string() }), z.strictObject({ file: z.string() })]),
  /** Capacities of a new journal (src/trading/capacity.ts). */
  capacity: capacity.default({}),
  limits: z
    .strictObject({
      connectionsMax: count.positive().optional(),
      loginsMax: count.positive().optional(),
      loginTimeoutMs: count.positive().optional(),
    })
    .default({}),
  outbox: z
    .strictObject({
      ringBytes: powerOfTwo(1 << 20, 1 << 30).optional(),
      framesMax: powerOfTwo(1 << 10, 1 << 24).optional(),
      pendingBytesMax: count.positive().optional(),
    })
    .default({}),
  /** Commands after which a snapshot is taken; 0 for never. */
  snapshotEveryCommands: count.default(2_000_000),
  /** `standby` follows the journal until it is told to take over. */
  role: z.enum(['leader', 'standby']).default('leader'),
  /** The shard's journal; `journal` in the data folder where it is left out. */
  journalFolder: z.string().min(1).optional(),
  /** The shard's journal on servers of its own instead of in a folder. */
  journal: streamJournalSchema.optional(),
  /** Of a standby: the other members of the shard. */
  peers: z
    .array(z.strictObject({ host: z.string().min(1), port: count.positive().max(65_535) }))
    .max(16)
    .default([]),
  /** Version of the program, told to the other members. */
  version: z.string().max(16).default(''),
  /** Run a scratch engine through its branches before the door opens. */
  warmUp: z.boolean().default(true),
});

function powerOfTwo(least: number, most: number): z.ZodNumber {
  return z
    .number()
    .min(least)
    .max(most)
    .refine((value) => Number.isInteger(Math.log2(value)), 'must be a power of two');
}

type ParsedOptions = z.infer<typeof schema>;

export interface ProcessOptions {
  readonly dataFolder: string;
  readonly sessions: ParsedOptions['sessions'];
  readonly node: NodeOptions;
  readonly role: 'leader' | 'standby';
  readonly peers: readonly Endpoint[];
  readonly journal: StreamJournalOptions | undefined;
}

/**
 * Reads and checks an options file. Throws EDGE_CONFIGURATION_BAD, EDGE_KEY_UNUSABLE for a missing PEM file, and
 * EDGE_DATA_UNWRITABLE.
 */
export function readOptions(file: string): ProcessOptions {
  const options = parse(file);
  const wrong = invalidCapacity({ ...DEFAULT_CAPACITY, ...options.capacity });
  if (wrong !== undefined) throw bad(file, `capacity.${wrong} is out of range`);
  ensureWritable(options.dataFolder);
  return {
    dataFolder: options.dataFolder,
    sessions: options.sessions,
    role: options.role,
    peers: options.peers,
    journal: options.journal,
    node: {
      listen: {
        host: options.host,
        port: options.port,
        ...(options.tls === undefined ? {} : { tls: readTls(options.tls) }),
      },
      journalFolder: options.journalFolder ?? join(options.dataFolder, 'journal'),
      version: options.version,
      nodeClass: options.nodeClass,
      capacity: definedOnly(options.capacity),
      limits: definedOnly(options.limits),
      outbox: definedOnly(options.outbox),
      snapshotEveryCommands: options.snapshotEveryCommands,
      warmUp: options.warmUp,
    },
  };
}

function parse(file: string): ParsedOptions {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw bad(file, error instanceof Error ? error.message : String(error));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw bad(file, mistakes.join('; '));
}

function bad(file: string, what: string): CodedError {
  return new CodedError(EDGE_ERRORS.EDGE_CONFIGURATION_BAD, `${file}: ${what}`);
}

function ensureWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(EDGE_ERRORS.EDGE_DATA_UNWRITABLE, `${folder}: ${cause}`, { cause: error });
  }
}

function readTls(files: NonNullable<ParsedOptions['tls']>): NodeTls {
  return {
    certificate: readPem(files.certificateFile),
    key: readPem(files.keyFile),
    ...(files.clientAuthorityFile === undefined ? {} : { clientAuthority: readPem(files.clientAuthorityFile) }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CodedError(EDGE_ERRORS.EDGE_KEY_UNUSABLE, error instanceof Error ? error.message : file, {
      cause: error,
    });
  }
}

/** The same object without the keys whose value is undefined. */
function definedOnly<T extends object>(value: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [Key in keyof T]: NonNullable<T[Key]>;
  };
}
