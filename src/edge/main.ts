/**
 * The process of an edge node: `node src/edge/main.ts OPTIONS.json`. Starts the node, says when it is open, stops it in
 * good order on SIGTERM, SIGINT or when the process that started it is gone. Exit codes are in docs/edge.md.
 */
import { randomFillSync } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '#kit/clock.ts';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { createIdSource } from '#kit/ids.ts';
import type { SessionDirectory } from '#kit/ports/sessions.ts';
import { openStore } from '#store/open.ts';
import { sessionDirectory } from '#store/sessions.ts';
import { exitCodeOf } from './exit-codes.ts';
import { startNode } from './node.ts';
import type { RunningNode } from './node.ts';
import { readOptions } from './options.ts';
import type { ProcessOptions } from './options.ts';
import { sessionFile } from './session-file.ts';

/** What the process that started this one is told over its channel, when there is one. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly epoch: number;
}

/** How long a stop may take before the process ends anyway; the journal is whole at any moment. */
const STOP_TIMEOUT_MS = 20_000;

function log(line: string): void {
  process.stderr.write(`${new Date(clock.nowMicros() / 1000).toISOString()} node: ${line}\n`);
}

const clock: Clock = createSystemClock();

function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes);
}

/** Ends the process at once with the exit code that belongs to the error. */
function fail(error: unknown): never {
  log(error instanceof CodedError ? `${error.code}: ${error.message}. ${error.kind.help}` : describeBug(error));
  process.exit(exitCodeOf(error));
}

function describeBug(error: unknown): string {
  return error instanceof Error ? `a bug: ${error.stack ?? error.message}` : `a bug: ${String(error)}`;
}

async function openDirectory(sessions: ProcessOptions['sessions']): Promise<SessionDirectory> {
  if ('file' in sessions) return sessionFile(sessions.file);
  const ids = createIdSource(clock, fillRandom);
  return sessionDirectory(await openStore({ kind: 'sqlite', file: sessions.database }, { clock, ids, fillRandom }));
}

async function run(optionsFile: string): Promise<void> {
  const options = readOptions(optionsFile);
  const node = await startNode(options.node, {
    clock,
    directory: await openDirectory(options.sessions),
    fillRandom,
    onFatal: fail,
    log,
  });
  const { host } = options.node.listen;
  const stateFile = join(options.dataFolder, 'node.json');
  const ready: ReadyMessage = { type: 'ready', pid: process.pid, host, port: node.port, epoch: node.epoch };
  writeFileSync(stateFile, `${JSON.stringify(ready)}\n`);
  // Before anyone hears of it: who is told that the node is open may stop it in the next moment.
  stopOnSignals(node, stateFile);
  const { snapshotSequence, replayed } = node.recovery;
  log(`open on ${host}:${node.port}, epoch ${node.epoch}, snapshot ${snapshotSequence} + ${replayed} commands`);
  process.send?.(ready);
}

function stopOnSignals(node: RunningNode, stateFile: string): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log(`stopping: ${why}`);
    setTimeout(() => fail(new Error(`the stop took longer than ${STOP_TIMEOUT_MS} ms`)), STOP_TIMEOUT_MS).unref();
    node.stop().then(() => {
      rmSync(stateFile, { force: true });
      log('stopped');
      process.exit(0);
    }, fail);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('the process that started it is gone'));
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
const [, , optionsFile] = process.argv;
if (optionsFile === undefined) {
  log('usage: node src/edge/main.ts OPTIONS.json');
  process.exit(64);
}
await run(optionsFile).catch(fail);
