/** What `nautilus failover` takes. Declares only; what it does is in failover.ts, loaded when it is asked for. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import { show } from './output.ts';

interface Options {
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

const LIST_MAX = 200;
const LIST_DEFAULT = 20;

export function failoverCommands(program: Command): void {
  const failover = program
    .command('failover')
    .description('changes of a shard’s leader: could we, do it, what it cost');
  const command = (name: string, description: string): Command =>
    failover
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of the platform', '.data')
      .option('--url <url>', 'another platform than that of the folder')
      .option('--token <token>', 'its API token')
      .option('--json', 'one JSON object instead of text');
  command('readiness', 'could the standby take over now, and why not').action(async (options: Options) =>
    show(await (await import('./failover.ts')).failoverReadiness(addressOf(options)), options.json === true),
  );
  command('list', 'changes of the leader, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1, LIST_MAX), LIST_DEFAULT)
    .action(async (options: Options & { limit: number }) =>
      show(
        await (await import('./failover.ts')).failoverList(addressOf(options), options.limit),
        options.json === true,
      ),
    );
  command('show', 'one change with what each step took')
    .argument('<change>', 'its id, flo_…')
    .action(async (id: string, options: Options) =>
      show(await (await import('./failover.ts')).failoverShow(addressOf(options), id), options.json === true),
    );
  command('dry-run', 'what a change would do; nothing is changed')
    .argument('<member>', 'who would lead')
    .action(async (to: string, options: Options) =>
      show(await (await import('./failover.ts')).failoverDryRun(addressOf(options), to), options.json === true),
    );
  command('execute', 'let another member lead, where every safety rule holds')
    .argument('<member>', 'who is to lead')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (to: string, options: Options & { reason: string }) =>
      show(
        await (await import('./failover.ts')).failoverExecute(addressOf(options), to, options.reason),
        options.json === true,
      ),
    );
  command('abort', 'take an announced change back')
    .argument('<change>', 'its id, flo_…')
    .action(async (id: string, options: Options) =>
      show(await (await import('./failover.ts')).failoverAbort(addressOf(options), id), options.json === true),
    );
}

function addressOf({ data, url, token }: Options) {
  return { dataFolder: data, url, token: token ?? process.env['NAUTILUS_TOKEN'] };
}
