/** What `nautilus edge` takes. Declares only; what it does is in edge.ts, loaded when it is asked for. */
import { Option, type Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import { show } from './output.ts';
import type { PlaceOptions } from './edge.ts';

interface Common {
  readonly data: string;
  readonly config: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

const BUDGET_MAX = 1_000_000_000;

export function edgeCommands(program: Command): void {
  const edge = program.command('edge').description('sites, placement, caches, and what this machine can be');
  const command = (name: string, description: string): Command =>
    edge
      .command(name)
      .description(description)
      .option('--config <folder>', 'folder with sites.yaml', 'config')
      .option('--json', 'one JSON object instead of text');
  command('sites', 'where nodes can stand, from sites.yaml').action(async ({ config, json }: Common) =>
    show((await import('./edge.ts')).siteTable(config), json === true),
  );
  command('place', 'compute where nodes should stand for the demand of sites.yaml')
    .addOption(
      new Option('--strategy <strategy>')
        .choices(['latency', 'cost', 'balanced', 'trading-volume', 'geographic-spread', 'market-hours'])
        .default('latency'),
    )
    .option('--budget <money>', 'money a month', wholeNumber(1, BUDGET_MAX))
    .option('--nodes <n>', 'how many nodes at most', wholeNumber(1, 10_000))
    .option('--sites <n>', 'how many sites at most', wholeNumber(1, 200))
    .option('--spread-km <km>', 'least distance between sites, for geographic-spread', wholeNumber(0, 20_000))
    .option('--no-redundancy', 'do not insist on surviving the loss of any provider')
    .action(async (options: Common & PlaceOptions) =>
      show(await (await import('./edge.ts')).place(options.config, options), options.json === true),
    );
  command('self-test', 'measure this machine and say which class of node it can be')
    .option('--folder <folder>', 'where the journal would lie', '.')
    .action(async ({ config, folder, json }: Common & { folder: string }) =>
      show(await (await import('./edge.ts')).selfTest(config, folder), json === true),
    );
  command('caches', 'the caches of a running platform')
    .option('--data <folder>', 'data folder of the platform', '.data')
    .option('--url <url>', 'another platform than that of the folder')
    .option('--token <token>', 'its API token')
    .action(async ({ data, url, token, json }: Common) =>
      show(await (await import('./edge.ts')).cacheTable({ dataFolder: data, url, token }), json === true),
    );
}
