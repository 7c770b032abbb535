/**
 * `npm start` and `nautilus start`: starts the platform, says where it is and how to stop it, stops it in good order.
 * The process is the platform's from then on, and its exit code says why it ended.
 */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { ExitCode, exitCodeOf } from '#edge/exit-codes.ts';
import { NodeFailed } from './node-process.ts';
import { USAGE, readPlatformOptions } from './options.ts';
import type { PlatformOptions } from './options.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { VERSION } from './version.ts';

const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  APP_USAGE: ExitCode.configuration,
  APP_CONFIG_INVALID: ExitCode.configuration,
  APP_PORT_IN_USE: ExitCode.address,
  APP_ALREADY_RUNNING: ExitCode.address,
  APP_NODE_FAILED: ExitCode.bug,
  APP_DATA_UNWRITABLE: ExitCode.folder,
  APP_SEEDING_REFUSED: ExitCode.data,
  APP_RECORDING_UNFIT: ExitCode.data,
  APP_KEY_UNUSABLE: ExitCode.key,
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(error: unknown): never {
  if (!(error instanceof CodedError)) {
    process.stderr.write(`a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  process.stderr.write(`${error.code}: ${error.message}\n${error.kind.help}\n`);
  process.exit(error instanceof NodeFailed ? error.exitCode : (EXIT_BY_CODE[error.code] ?? exitCodeOf(error)));
}

function announce(platform: Platform, options: PlatformOptions, isFirst: boolean, seconds: number): void {
  say('');
  say(`  Nautilus ${VERSION} runs (started in ${seconds.toFixed(1)} s)`);
  say('');
  say(`  Console      ${platform.loginLink}`);
  say('               a login link for one use; the next start prints another');
  say(`  API          ${platform.url}/api/v1, reference at ${platform.url}/reference`);
  say(`  Order entry  ${platform.orderEntryAddress} (binary, docs/protocols/binary.md)`);
  say(`  Market       ${platform.flow}`);
  say(`  Data         ${relative(process.cwd(), options.dataFolder) || '.'}${isFirst ? ' (new)' : ''}`);
  say(`  Node         ${process.version}, node class ${options.nodeClass}`);
  say('  Stop         Ctrl+C');
  for (const warning of platform.warnings) say(`  Warning      ${warning}`);
  say('');
}

/** Runs the platform until a signal stops it; the process ends with the exit code of docs/cli.md. */
export async function runPlatform(args: readonly string[]): Promise<void> {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const begun = performance.now();
  try {
    const options = readPlatformOptions(args);
    if (options === undefined) {
      say(USAGE);
      return;
    }
    const isFirst = !existsSync(options.dataFolder);
    say('Starting Nautilus…');
    const platform = await startPlatform(options);
    announce(platform, options, isFirst, (performance.now() - begun) / 1000);
    stopOnSignals(platform);
  } catch (error) {
    fail(error);
  }
}

function stopOnSignals(platform: Platform): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    say('Stopping…');
    platform.stop().then(() => {
      say('Stopped: every order is in the journal.');
      process.exit(0);
    }, fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
