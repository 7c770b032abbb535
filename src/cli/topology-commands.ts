/**
 * What `nautilus topology`, `clusters` and `shards` take. Declares only; what they do is in files of their own, loaded when
 * they are asked for.
 */
import { Option, type Command } from 'commander';
import { show } from './output.ts';

/** Exit code of a check that found violations: the data is wrong (EX_DATAERR). */
const EXIT_UNSOUND = 65;
const FILE_DEFAULT = 'config/topology.yaml';

interface FileOptions {
  readonly file: string;
  readonly json?: true;
}

export function topologyCommands(program: Command): void {
  const topology = program.command('topology').description('where the platform runs, and what that survives');
  const command = (name: string, description: string): Command =>
    topology
      .command(name)
      .description(description)
      .option('--file <file>', 'the topology document', FILE_DEFAULT)
      .option('--json', 'one JSON object instead of text');
  command('check', 'explain every violation; exit code 65 where there is one').action(
    async ({ file, json }: FileOptions) => {
      const { sound, ...result } = (await import('./topology.ts')).topologyCheck(file);
      show(result, json === true);
      if (!sound) process.exitCode = EXIT_UNSOUND;
    },
  );
  command('show', 'clusters, witness sites and shards').action(async ({ file, json }: FileOptions) => {
    show((await import('./topology.ts')).topologyShown(file), json === true);
  });
  command('plan', 'what each shard survives, and what goes with what').action(async ({ file, json }: FileOptions) => {
    show((await import('./topology.ts')).topologyPlan(file), json === true);
  });
  topology
    .command('key')
    .description('make the key of a member; prints the line for `members`')
    .requiredOption('--name <name>', 'name of the member')
    .requiredOption('--cluster <cluster>', 'cluster or witness site it belongs to')
    .option('--out <file>', 'where the private key goes (NAME.pem)')
    .option('--json', 'one JSON object instead of text')
    .action(async ({ name, cluster, out, json }: KeyOptions) => {
      const { memberKey } = await import('./topology.ts');
      show(memberKey(name, cluster, out ?? `${name}.pem`), json === true);
    });
}

interface KeyOptions {
  readonly name: string;
  readonly cluster: string;
  readonly out?: string;
  readonly json?: true;
}

interface RemoteOptions {
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

export function federationCommands(program: Command): void {
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of the platform', '.data')
      .option('--json', 'one JSON object instead of text')
      .addOption(new Option('--url <url>', 'another platform than that of the folder').env('NAUTILUS_URL'))
      .addOption(new Option('--token <token>', 'the token to show it').env('NAUTILUS_TOKEN'));
  command('clusters', 'every cluster and how it is').action(async ({ data, url, token, json }: RemoteOptions) => {
    show(await (await import('./federation.ts')).clusterTable({ dataFolder: data, url, token }), json === true);
  });
  command('shards', 'every shard, who holds it, what it survives').action(
    async ({ data, url, token, json }: RemoteOptions) => {
      show(await (await import('./federation.ts')).shardTable({ dataFolder: data, url, token }), json === true);
    },
  );
}
