/** What `npm start` may be told: arguments after `--`, checked once. Anything unknown is a mistake with a sentence. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError } from '#kit/errors.ts';
import { APP_ERRORS } from './errors.ts';

export interface PlatformOptions {
  /** Everything the platform writes lies in it. @default .data */
  readonly dataFolder: string;
  /** Port of the API and the console; 0 lets the system choose. @default 8000 */
  readonly port: number;
  /** Address of the API; only the loopback interface without TLS in front. @default 127.0.0.1 */
  readonly host: string;
  /** Instruments, accounts and calendars. @default config */
  readonly configFolder: string;
  /** A recording to run instead of the demo market. */
  readonly replayFile: string | undefined;
  /** Only this instrument of the recording. */
  readonly replaySymbol: string | undefined;
  /** Begin with the demo market or the recording paused. @default false */
  readonly paused: boolean;
  /** How many times faster than recorded a replay runs, 0 for as fast as the node takes it. @default 1 */
  readonly speed: number;
  /** `ultra` spends a whole core on latency. @default standard */
  readonly nodeClass: 'standard' | 'ultra';
}

export const USAGE = `usage: npm start -- [options]
  --port N          port of console and API (8000; 0 for any free one)
  --data FOLDER     where everything is kept (.data)
  --config FOLDER   instruments, accounts, calendars (config)
  --replay FILE     run a recording (Databento DBN, ITCH 5.0, LOBSTER) instead of the demo market
  --symbol SYMBOL   replay only this instrument of the recording
  --speed X         replay so many times faster than recorded; 0 as fast as it goes (1)
  --paused          begin with the demo market or the recording paused
  --ultra           the node never sleeps: lowest latency for one whole core
  --help            this text`;

const PORT_MAX = 65_535;

/** Reads the arguments; undefined when only help was asked for. Throws APP_USAGE. */
export function readPlatformOptions(args: readonly string[]): PlatformOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  if (values.replay === undefined && (values.speed ?? values.symbol) !== undefined) {
    throw usage('--speed and --symbol are for recordings: name one with --replay');
  }
  const replayFile = values.replay === undefined ? undefined : resolve(values.replay);
  if (replayFile !== undefined && !existsSync(replayFile)) throw usage(`--replay: there is no file ${replayFile}`);
  return {
    dataFolder: resolve(values.data ?? '.data'),
    port: numberOf('--port', values.port ?? '8000', PORT_MAX, true),
    host: '127.0.0.1',
    configFolder: resolve(values.config ?? 'config'),
    replayFile,
    replaySymbol: values.symbol,
    paused: values.paused === true,
    speed: numberOf('--speed', values.speed ?? '1', Number.MAX_SAFE_INTEGER, false),
    nodeClass: values.ultra === true ? 'ultra' : 'standard',
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        config: { type: 'string' },
        replay: { type: 'string' },
        speed: { type: 'string' },
        symbol: { type: 'string' },
        paused: { type: 'boolean' },
        ultra: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string, most: number, whole: boolean): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= most) || (whole && !Number.isInteger(value))) {
    throw usage(`${name}: ${text} is not a number from 0 to ${most}`);
  }
  return value;
}

function usage(what: string): CodedError {
  return new CodedError(APP_ERRORS.APP_USAGE, what);
}
