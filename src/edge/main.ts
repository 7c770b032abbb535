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
import type { ControlAnswer, ControlRequest, ReadyMessage } from './control.ts';
import { EDGE_ERRORS } from './errors.ts';
import { ExitCode, exitCodeOf } from './exit-codes.ts';
import { startNode } from './node.ts';
import type { NodeParts, RunningNode } from './node-types.ts';
import { readOptions } from './options.ts';
import type { ProcessOptions } from './options.ts';
import { startStandby } from './standby.ts';
import type { Standby } from './standby.ts';
import { sessionFile } from './session-file.ts';
import { openStreamJournal } from './stream-journal.ts';

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

/** What runs in this process now; a standby becomes a node, and never the other way round. */
const present: { node: RunningNode | undefined; standby: Standby | undefined } = {
  node: undefined,
  standby: undefined,
};

async function run(optionsFile: string): Promise<void> {
  const options = readOptions(optionsFile);
  const stateFile = join(options.dataFolder, 'node.json');
  const parts: NodeParts = {
    clock,
    directory: await openDirectory(options.sessions),
    fillRandom,
    onFatal: (error) => void end(error, options.dataFolder),
    log,
    ...(options.journal === undefined
      ? {}
      : { journal: await openStreamJournal(options.journal, options.dataFolder, clock, log) }),
  };
  if (options.role === 'standby') present.standby = await startStandby(options.node, options.peers, parts);
  else present.node = await startNode(options.node, parts);
  // Before anyone hears of it: who is told that the node is open may stop it in the next moment.
  stopOnSignals(stateFile);
  process.on('message', (message) => void obey(message as ControlRequest, options, stateFile));
  const { host } = options.node.listen;
  if (present.node !== undefined) {
    const { snapshotSequence, replayed } = present.node.recovery;
    log(
      `open on ${host}:${present.node.port}, epoch ${present.node.epoch}, snapshot ${snapshotSequence} + ${replayed} commands`,
    );
  } else if (present.standby !== undefined) {
    const { lastSequence, epoch } = present.standby.report();
    log(`standby on ${host}:${present.standby.port}, follows epoch ${epoch} from sequence ${lastSequence}`);
  }
  announce(options, stateFile);
}

/** Ends the process; a leader that was fenced first says what it had acknowledged that its successor does not have. */
async function end(error: Error, dataFolder: string): Promise<never> {
  const { node } = present;
  if (node === undefined || !(error instanceof CodedError) || error.kind !== EDGE_ERRORS.EDGE_FENCED) fail(error);
  present.node = undefined;
  try {
    const left = await node.leaveBehind();
    const { epoch, acknowledged, kept, isCertain, reports } = left;
    if (reports.length === 0 && isCertain) {
      log(`epoch ${epoch} ended at ${kept}: nothing that was acknowledged is missing`);
    } else {
      const file = join(dataFolder, `left-behind-${epoch}.json`);
      writeFileSync(file, `${JSON.stringify(left, null, 2)}\n`);
      const owners = new Set(reports.map(({ session }) => session)).size;
      log(
        `acknowledged to ${acknowledged}, kept to ${kept}: ${reports.length} reports to ${owners} sessions in ${file}`,
      );
    }
  } catch (failure) {
    log(`what was left behind cannot be told: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  return fail(error);
}

/** Says what this process is now, to the file beside its data and to the process that started it. */
function announce(options: ProcessOptions, stateFile: string): void {
  const { node, standby } = present;
  const { host } = options.node.listen;
  const ready: ReadyMessage =
    node === undefined
      ? {
          type: 'ready',
          role: 'standby',
          pid: process.pid,
          host,
          port: standby?.port ?? 0,
          epoch: standby?.report().epoch ?? 0,
        }
      : { type: 'ready', role: 'leader', pid: process.pid, host, port: node.port, epoch: node.epoch };
  writeFileSync(stateFile, `${JSON.stringify(ready)}\n`);
  process.send?.(ready);
}

/** Carries out what the process that started this one asks for. */
async function obey(request: ControlRequest, options: ProcessOptions, stateFile: string): Promise<void> {
  const { id } = request;
  try {
    if (request.type === 'promote') answer(await promote(id, options, stateFile, request.expected));
    else await handOver(id, request.leaderAddress);
  } catch (error) {
    // After it took the epoch there is no way back: started again, the process follows whoever leads then.
    const isUnchanged = present.node !== undefined || present.standby?.isFollowing === true;
    if (!isUnchanged || !(error instanceof CodedError)) fail(error);
    answer({ type: 'refused', id, code: error.code, message: error.message });
  }
}

function answer(message: ControlAnswer): void {
  process.send?.(message);
}

async function promote(
  id: number,
  options: ProcessOptions,
  stateFile: string,
  expected: { sequence: number; stateHash: string } | undefined,
): Promise<ControlAnswer> {
  const { standby } = present;
  if (standby === undefined) throw new CodedError(EDGE_ERRORS.EDGE_BUSY, 'this node leads already');
  const { node, steps, caughtUp, sequence } = await standby.promote(expected);
  present.standby = undefined;
  present.node = node;
  const millis = (steps.leadMicros + steps.verifyMicros + steps.openMicros) / 1000;
  log(
    `took over at sequence ${sequence} with epoch ${node.epoch} in ${millis.toFixed(1)} ms, ${caughtUp} commands to catch up`,
  );
  announce(options, stateFile);
  return { type: 'promoted', id, epoch: node.epoch, sequence, caughtUp, steps };
}

/** Gives the leadership away and ends the process: started again, it is a standby. */
async function handOver(id: number, leaderAddress: string): Promise<void> {
  const { node } = present;
  if (node === undefined) throw new CodedError(EDGE_ERRORS.EDGE_BUSY, 'this node does not lead');
  const begunNanos = clock.monotonicNanos();
  const ended = await node.handOver(leaderAddress);
  const tookMicros = (clock.monotonicNanos() - begunNanos) / 1000;
  log(`handed the leadership over to ${leaderAddress} at sequence ${ended.sequence} of epoch ${ended.epoch}`);
  const message: ControlAnswer = { type: 'handed-over', id, ...ended, tookMicros };
  if (process.send === undefined) process.exit(ExitCode.fenced);
  process.send(message, () => process.exit(ExitCode.fenced));
}

function stopOnSignals(stateFile: string): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log(`stopping: ${why}`);
    setTimeout(() => fail(new Error(`the stop took longer than ${STOP_TIMEOUT_MS} ms`)), STOP_TIMEOUT_MS).unref();
    const running = present.node ?? present.standby;
    (running?.stop() ?? Promise.resolve()).then(() => {
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
