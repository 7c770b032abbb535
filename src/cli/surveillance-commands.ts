/** The words of `nautilus surveillance`, and what each takes. What they do is in surveillance.ts, loaded when one is used. */
import { Option, type Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import { show } from './output.ts';

interface Asked {
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

/** Adds the commands to the program; `remote` makes one that asks a platform. */
export function surveillanceCommands(
  program: Command,
  remote: (parent: Command, name: string, description: string) => Command,
): void {
  const parent = program
    .command('surveillance')
    .description('market-abuse surveillance: what was found, and by which numbers');
  remote(parent, 'alerts', 'what was found, newest first')
    .addOption(new Option('--state <state>').choices(['open', 'in case', 'closed']))
    .option('--limit <count>', 'how many', wholeNumber(1, 200), 20)
    .action(async ({ data, url, token, state, limit, json }: Asked & { state?: string; limit: number }) => {
      const { alertList } = await import('./surveillance.ts');
      show(await alertList({ dataFolder: data, url, token }, state, limit), json === true);
    });
  remote(parent, 'scenarios', 'every scenario with its rules, its parameters and how right it was').action(
    async ({ data, url, token, json }: Asked) => {
      const { scenarioList } = await import('./surveillance.ts');
      show(await scenarioList({ dataFolder: data, url, token }), json === true);
    },
  );
  remote(parent, 'backtest', 'what came of the back-tests there were').action(
    async ({ data, url, token, json }: Asked) => {
      const { backTestList } = await import('./surveillance.ts');
      show(await backTestList({ dataFolder: data, url, token }), json === true);
    },
  );
}
