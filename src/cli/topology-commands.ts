/** What `nautilus topology` takes. Declares only; what it does is in topology.ts, loaded when it is asked for. */
import type { Command } from 'commander';
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
}
