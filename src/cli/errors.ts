/** Error codes of the command line, and the exit code that goes with each; after sysexits.h, listed in docs/cli.md. */
import { CodedError, defineErrors } from '#kit/errors.ts';
import { ExitCode, exitCodeOf } from '#edge/exit-codes.ts';

export const CLI_ERRORS = defineErrors({
  CLI_USAGE: {
    title: 'Arguments are wrong',
    httpStatus: 400,
    help: '`nautilus help` lists the commands, `nautilus COMMAND --help` what each takes.',
  },
  CLI_NO_DATA: {
    title: 'There is no platform in this folder',
    httpStatus: 404,
    help: 'Name its data folder with --data, or start a platform there once with `nautilus start`.',
  },
  CLI_NOT_RUNNING: {
    title: 'No platform runs on this folder',
    httpStatus: 503,
    help: 'Start it with `nautilus start`, or name another one with --data, or with --url and --token.',
  },
  CLI_NOT_FOUND: {
    title: 'There is no such thing',
    httpStatus: 404,
    help: 'The `list` command beside this one shows what there is.',
  },
  CLI_NAME_TAKEN: {
    title: 'The name is taken',
    httpStatus: 409,
    help: 'Names are never given twice; choose another one.',
  },
  CLI_KEY_FILE: {
    title: 'The key file cannot be written',
    httpStatus: 500,
    help: 'Nothing was registered. Choose a file that does not exist yet, in a folder that can be written.',
  },
  CLI_UNREACHABLE: {
    title: 'The platform does not answer',
    httpStatus: 503,
    help: 'See whether it runs with `nautilus status`; its own words are in platform.log in the data folder.',
  },
  CLI_REFUSED: {
    title: 'The platform refused',
    httpStatus: 422,
    help: 'The code it gave is explained by GET /api/v1/codes and in the API reference.',
  },
  CLI_NOT_PERMITTED: {
    title: 'The platform does not permit this',
    httpStatus: 403,
    help: 'Use a token of another role: `nautilus token create --role ROLE` on the machine of the platform.',
  },
});

/** EX_NOINPUT: what was named is not there. */
const EXIT_MISSING = 66;
const EXIT_CONFLICT = 1;

const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  CLI_USAGE: ExitCode.configuration,
  CLI_NO_DATA: EXIT_MISSING,
  CLI_NOT_RUNNING: ExitCode.address,
  CLI_NOT_FOUND: EXIT_MISSING,
  CLI_NAME_TAKEN: EXIT_CONFLICT,
  CLI_KEY_FILE: ExitCode.folder,
  CLI_UNREACHABLE: ExitCode.address,
  CLI_REFUSED: EXIT_CONFLICT,
  CLI_NOT_PERMITTED: ExitCode.key,
  AUDIT_CORRUPT: ExitCode.data,
  AUDIT_PROOF_INVALID: ExitCode.data,
  AUDIT_SIGNATURE_INVALID: ExitCode.data,
  AUDIT_NOTE_MALFORMED: ExitCode.data,
  AUDIT_ENTRY_INVALID: ExitCode.data,
  AUDIT_NOT_PROVABLE: EXIT_MISSING,
};

/** Explains the error on standard error; gives the exit code of the command. */
export function explain(error: unknown): number {
  if (!(error instanceof CodedError)) {
    process.stderr.write(`a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCodeOf(error);
  }
  process.stderr.write(`${error.code}: ${error.message}\n${error.kind.help}\n`);
  return EXIT_BY_CODE[error.code] ?? exitCodeOf(error);
}
