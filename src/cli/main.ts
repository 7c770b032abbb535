/**
 * The `nautilus` command: what each of its words takes, and nothing of what it does. Results go to standard output,
 * explanations to standard error, and the exit code says which kind of failure it was (docs/cli.md).
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '#app/version.ts';
import { CodedError } from '#kit/errors.ts';
import { CLI_ERRORS, explain } from './errors.ts';
import { ROLES_ALLOWED, accountScope, wholeNumber } from './arguments.ts';
import { auditCommands } from './audit-commands.ts';
import { edgeCommands } from './edge-commands.ts';
import { failoverCommands } from './failover-commands.ts';
import { reportCommands } from './report-commands.ts';
import { mlCommands } from './ml-commands.ts';
import { show, type Result } from './output.ts';
import { surveillanceCommands } from './surveillance-commands.ts';
import { addSteeringCommands } from './steer-commands.ts';
import { federationCommands, topologyCommands } from './topology-commands.ts';

const DATA_DEFAULT = '.data';
const EXAMPLES = `
Examples:
  nautilus start --port 8080              the platform, on another port
  nautilus status                         how the one that runs is
  nautilus login                          a fresh link into its console
  nautilus token create --role auditor    a token that may read everything
  nautilus replay day.dbn.zst --mode drive
  nautilus trace 17-3                     where the time of one order went`;

const program = new Command('nautilus')
  .description('An institutional trading platform: one command on a laptop, three clouds for a firm.')
  .version(VERSION)
  .addHelpText('after', EXAMPLES)
  .configureOutput({ outputError: () => undefined })
  .exitOverride();

interface Common {
  readonly data: string;
  readonly json?: true;
}

/** A command on a data folder, with both forms of output. */
function local(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--data <folder>', 'data folder of the platform', DATA_DEFAULT)
    .option('--json', 'one JSON object instead of text');
}

// Commander cannot know the options of a command: each call says what it declared.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function run<Options extends Common>(work: (options: Options, words: readonly string[]) => Promise<Result>) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.opts<Options>();
    show(await work(options, command.args), options.json === true);
  };
}

const roleOption = (): Option =>
  new Option('--role <role>', 'what it may do').choices(ROLES_ALLOWED).makeOptionMandatory();

function tokenCommands(): void {
  const token = program.command('token').description('API tokens');
  local(token, 'create', 'make a token; it is shown once')
    .addOption(roleOption())
    .option('--name <name>', 'what it is for', 'command line')
    .option('--user <name>', 'whose token it is', 'owner')
    .option('--days <days>', 'how long it is valid, 1 to 366 days', wholeNumber(1, 366), 90)
    .action(
      run<Common & { role: never; name: string; user: string; days: number }>(async ({ data, ...terms }) =>
        (await import('./people.ts')).makeToken(data, terms),
      ),
    );
  local(token, 'list', 'every token, newest first').action(
    run(async ({ data }) => (await import('./people.ts')).tokenList(data)),
  );
  local(token, 'revoke', 'end a token')
    .argument('<token>', 'its id, tok_…')
    .action(run(async ({ data }, [id = '']) => (await import('./people.ts')).endToken(data, id)));
}

function userCommands(): void {
  const user = program.command('user').description('people who may log in');
  local(user, 'invite', 'invite somebody; the link works once within 72 hours')
    .addOption(roleOption())
    .option('--name <name>', 'who is invited', 'a guest')
    .option('--accounts <list>', 'account numbers with commas, or all', accountScope, [])
    .action(
      run<Common & { role: never; name: string; accounts: 'all' | number[] }>(async ({ data, role, name, accounts }) =>
        (await import('./people.ts')).inviteUser(data, { role, name, accounts }),
      ),
    );
  local(user, 'list', 'users and open invitations').action(
    run(async ({ data }) => (await import('./people.ts')).userList(data)),
  );
  local(program, 'login', 'print a fresh link that logs in once')
    .option('--user <name>', 'whom it logs in', 'owner')
    .action(
      run<Common & { user: string }>(async ({ data, user: name }) =>
        (await import('./people.ts')).loginLink(data, name),
      ),
    );
}

interface SessionOptions extends Common {
  readonly name: string;
  readonly participant: number;
  readonly accounts: 'all' | number[];
  readonly role: 'trader' | 'administrator';
  readonly ackLevel: 'journaled' | 'durable';
  readonly keepOrders?: true;
  readonly graceMs: number;
  readonly ordersPerSecond: number;
  readonly key?: string;
}

function sessionCommands(): void {
  const session = program.command('session').description('order-entry sessions');
  local(session, 'create', 'register a session under a new key pair')
    .requiredOption('--name <name>', 'what the session is called; never given twice')
    .requiredOption('--participant <number>', 'firm it trades for', wholeNumber(0, 65_535))
    .option('--accounts <list>', 'accounts of that firm with commas, or all', accountScope, 'all')
    .addOption(new Option('--role <role>').choices(['trader', 'administrator']).default('trader'))
    .addOption(new Option('--ack-level <level>').choices(['journaled', 'durable']).default('journaled'))
    .option('--keep-orders', 'leave its orders in the market when its connection is lost')
    .option('--grace-ms <ms>', 'how long a lost connection may take to come back', wholeNumber(0, 600_000), 5000)
    .option('--orders-per-second <rate>', 'how many it may send', wholeNumber(1, 1_000_000), 1000)
    .option('--key <file>', 'where the private key goes (NAME.pem)')
    .action(
      run<SessionOptions>(async ({ data, name, key, keepOrders, ackLevel, ...terms }) => {
        const { makeSession } = await import('./sessions.ts');
        const { AckLevel } = await import('#kit/ports/journal.ts');
        return makeSession(data, {
          ...terms,
          name,
          ackLevel: AckLevel[ackLevel],
          cancelOnDisconnect: keepOrders !== true,
          keyFile: key ?? `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.pem`,
        });
      }),
    );
  local(session, 'list', 'every session').action(
    run(async ({ data }) => (await import('./sessions.ts')).sessionList(data)),
  );
  local(session, 'revoke', 'refuse a session from its next login on')
    .argument('<session>', 'its number', wholeNumber(1, 65_535))
    .action(run(async ({ data }, [id = '']) => (await import('./sessions.ts')).endSession(data, Number(id))));
}

function journalCommands(): void {
  const journal = program.command('journal').description('the ordered log of everything that was asked for');
  local(journal, 'inspect', 'epochs, segments and snapshots there are').action(
    run(async ({ data }) => (await import('./journal.ts')).journalInspection(data)),
  );
  local(journal, 'verify', 'read and check all of it').action(
    run(async ({ data, json }) =>
      (await import('./journal.ts')).journalVerification(data, (result) => show(result, json === true)),
    ),
  );
  journal
    .command('export')
    .description('its commands as lines of JSON')
    .option('--data <folder>', 'data folder of the platform', DATA_DEFAULT)
    .option('--from <sequence>', 'first one', wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--to <sequence>', 'last one', wholeNumber(1, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
    .action(async ({ data, from, to }: { data: string; from: number; to: number }) => {
      const { printExport } = await import('./journal-export.ts');
      await printExport(data, { from, to });
    });
}

interface Remote extends Common {
  readonly url?: string;
  readonly token?: string;
}

function remote(parent: Command, name: string, description: string): Command {
  return local(parent, name, description)
    .addOption(new Option('--url <url>', 'another platform than that of the folder').env('NAUTILUS_URL'))
    .addOption(new Option('--token <token>', 'the token to show it').env('NAUTILUS_TOKEN'));
}

function platformCommands(): void {
  program
    .command('start')
    .description('start the platform; `nautilus start --help` lists its options')
    .allowUnknownOption()
    .helpOption(false);
  remote(program, 'status', 'how the platform is').action(
    run<Remote>(async ({ data, url, token }) =>
      (await import('./status.ts')).platformStatus({ dataFolder: data, url, token }),
    ),
  );
  remote(program, 'trace', 'where the time of one order went')
    .argument('<order>', 'its id, slot-generation; with --account its ClOrdID')
    .option('--account <number>', 'account whose ClOrdID is given', wholeNumber(0, 1_048_575))
    .action(
      run<Remote & { account?: number }>(async ({ data, url, token, account }, [order = '']) =>
        (await import('./trace.ts')).orderTrace({ dataFolder: data, url, token }, order, account),
      ),
    );
  program
    .command('replay')
    .description('rebuild the book of a recording, or drive the engine with it')
    .argument('<file>', 'Databento DBN, Nasdaq ITCH 5.0 or LOBSTER, plain or compressed')
    .addOption(new Option('--mode <mode>').choices(['book', 'drive']).default('book'))
    .option('--symbol <symbol>', 'only this instrument')
    .option('--json', 'one JSON object instead of text')
    .action(async (file: string, options: { mode: 'book' | 'drive'; symbol?: string; json?: true }) => {
      const { replayCommand } = await import('./replay.ts');
      process.exitCode = await replayCommand(file, options);
    });
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === 'start') {
    const { runPlatform } = await import('#app/start.ts');
    await runPlatform(words.slice(1));
    return;
  }
  platformCommands();
  tokenCommands();
  userCommands();
  sessionCommands();
  journalCommands();
  auditCommands(program);
  surveillanceCommands(program, remote);
  edgeCommands(program);
  topologyCommands(program);
  federationCommands(program);
  failoverCommands(program);
  reportCommands(program);
  addSteeringCommands(program, remote);
  mlCommands(program, remote);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = explainAll(error);
  }
}

/** Commander ends with exceptions too: of those with code 0 it has shown what was asked for. */
function explainAll(error: unknown): number {
  if (!(error instanceof CommanderError)) return explain(error);
  if (error.exitCode === 0) return 0;
  const what = error instanceof InvalidArgumentError ? error.message : error.message.replace(/^error: /, '');
  return explain(new CodedError(CLI_ERRORS.CLI_USAGE, what === '(outputHelp)' ? 'a command is missing' : what));
}

await main(process.argv.slice(2));
