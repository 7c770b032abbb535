/**
 * The audit log of a running platform: opens it, starts its signer and a witness, follows the replica. Keys are in folders
 * beside the log's, never in it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { Feeder } from '#compliance/audit/feeder.ts';
import type { KeyRecord } from '#compliance/audit/keys.ts';
import { AuditLog } from '#compliance/audit/log.ts';
import { auditMetrics } from '#compliance/audit/metrics.ts';
import { parseVkey } from '#compliance/audit/note.ts';
import { Publisher } from '#compliance/audit/publisher.ts';
import { RegionKey } from '#compliance/audit/region-key.ts';
import { AuditService, keysEntry } from '#compliance/audit/service.ts';
import { SignerClient } from '#compliance/audit/signer-client.ts';
import { Vault } from '#compliance/audit/vault.ts';
import { WitnessClient } from '#compliance/audit/witness-client.ts';
import type { Replica } from '#edge/replica.ts';
import type { Clock } from '#kit/clock.ts';
import type { CodedError } from '#kit/errors.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { Store } from '#store/open.ts';
import type { Registry } from '#telemetry/registry.ts';
import { AuditChild } from './audit-child.ts';

export interface AuditPlaneParts {
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly journal: Journal;
  readonly replica: Replica;
  readonly registry: Registry;
  readonly logger: FastifyBaseLogger;
}

export interface AuditPlane {
  readonly service: AuditService;
  stop(): Promise<void>;
}

const LOG_FOLDER = 'audit';
const WITNESS_NAME = 'witness.nautilus.local/first';
const REGION = 'local';
const SHARD = 'main';
const METRICS_INTERVAL_MS = 1000;
const MICROS_PER_SECOND = 1e6;

/** Rejects with the audit log's coded errors, or APP_NODE_FAILED where signer or witness do not start. */
export async function startAudit(parts: AuditPlaneParts): Promise<AuditPlane> {
  const { dataFolder, keysFolder, clock, store, journal, replica, logger } = parts;
  const folder = join(dataFolder, LOG_FOLDER);
  const origin = originOf(folder);
  const log = await AuditLog.open({ folder, origin });
  if (log.tornBytes > 0) logger.warn({ tornBytes: log.tornBytes }, 'the audit log ended in an unfinished write');
  const metrics = parts.registry.metrics(auditMetrics);
  const onFault = (fault: CodedError): void => {
    metrics.faults.increment();
    logger.error({ code: fault.code, detail: fault.message }, 'audit log');
  };

  const signer = new SignerClient();
  const signing = signerProcess(dataFolder, keysFolder, origin, signer, logger);
  await signing.start();
  const { keys } = await signer.ask({ op: 'keys' });
  const witnessFolder = join(dataFolder, 'audit-witness');
  const tellWitness = (known: readonly KeyRecord[]): void => {
    const nowSeconds = clock.nowMicros() / MICROS_PER_SECOND;
    const signing = known.filter(({ retiresSeconds }) => retiresSeconds === null || retiresSeconds > nowSeconds);
    writeLogKeys(witnessFolder, signing);
  };
  tellWitness(keys);
  const witness = await startWitness(dataFolder, keysFolder, witnessFolder, logger);

  const vault = new Vault(store, new RegionKey(join(keysFolder, `audit-region-${REGION}.pem`)), REGION);
  const feeder = new Feeder({ log, store, vault, journal, clock, shard: SHARD, onFault });
  await feeder.open();
  if (log.size === 0) feeder.add(keysEntry(keys, clock.nowMicros()));
  const witnesses = [witness.client];
  const publisher = new Publisher({
    log,
    signer,
    witnesses,
    clock,
    onFault,
    onPublished: (checkpoint, cosigned) => {
      metrics.provable.set(checkpoint.size);
      metrics.cosigned.set(cosigned);
      metrics.refusing.set(witnesses.length - cosigned);
      const newest = feeder.takeCovered(checkpoint.size);
      if (newest !== undefined) metrics.checkpointLatency.observe(clock.nowMicros() - newest);
    },
  });
  const service = new AuditService({
    log,
    store,
    journal,
    feeder,
    publisher,
    signer,
    witnesses,
    vault,
    clock,
    onKeys: tellWitness,
  });
  const measuring = setInterval(() => {
    const { size, lagMicros } = service.status();
    metrics.entries.set(size);
    metrics.lag.set(lagMicros / MICROS_PER_SECOND);
  }, METRICS_INTERVAL_MS);
  const deafen = replica.listen({ onBatch: feeder.onBatch });
  feeder.start();
  publisher.start();
  return {
    service,
    async stop() {
      clearInterval(measuring);
      deafen();
      await feeder.stop();
      await publisher.stop();
      await log.close();
      witness.client.close();
      await Promise.all([witness.process.stop(), signing.stop()]);
    },
  };
}

/** The log's name, made once: no two logs may have the same. */
function originOf(folder: string): string {
  const file = join(folder, 'origin');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const origin = `nautilus.local/audit/${randomBytes(6).toString('hex')}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${origin}\n`, { flush: true });
  return origin;
}

function signerProcess(
  dataFolder: string,
  keysFolder: string,
  origin: string,
  client: SignerClient,
  logger: FastifyBaseLogger,
): AuditChild {
  return new AuditChild({
    program: 'src/compliance/audit/signer-main.ts',
    target: join(dataFolder, 'run', 'audit-signer.mjs'),
    words: () => [join(keysFolder, 'audit'), origin],
    onReady: (_message, send) => client.connect(send),
    onMessage: (message) => client.receive(message),
    onEnded: (detail) => {
      client.disconnect();
      logger.error({ detail }, 'the signer of the audit log ended');
    },
  });
}

async function startWitness(
  dataFolder: string,
  keysFolder: string,
  folder: string,
  logger: FastifyBaseLogger,
): Promise<{ process: AuditChild; client: WitnessClient }> {
  let port = 0;
  let vkeys: readonly string[] = [];
  const process = new AuditChild({
    program: 'src/compliance/audit/witness-main.ts',
    target: join(dataFolder, 'run', 'audit-witness.mjs'),
    words: () => [join(keysFolder, 'audit-witness'), WITNESS_NAME, logKeysFile(folder), '127.0.0.1', String(port)],
    onReady: (message) => {
      ({ port, vkeys } = message as { port: number; vkeys: readonly string[] });
    },
    onEnded: (detail) => logger.error({ detail }, 'the witness of the audit log ended'),
  });
  await process.start();
  const client = new WitnessClient({
    name: WITNESS_NAME,
    url: `http://127.0.0.1:${port}`,
    keys: vkeys.map(parseVkey),
  });
  return { process, client };
}

function logKeysFile(folder: string): string {
  return join(folder, 'log-keys.txt');
}

/** The keys that the witness takes the log's signatures of: those that sign now. */
function writeLogKeys(folder: string, keys: readonly KeyRecord[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(logKeysFile(folder), keys.map(({ vkey }) => `${vkey}\n`).join(''));
}
