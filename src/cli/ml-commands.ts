/** The words of `nautilus ml`, and what each takes. What they do is in ml.ts, loaded when one is used. */
import { Argument, Option, type Command } from 'commander';
import { show } from './output.ts';

interface Asked {
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

type Horizon = '15m' | '1h' | '24h';

/** Adds the commands to the program; `remote` makes one that asks a platform. */
export function mlCommands(
  program: Command,
  remote: (parent: Command, name: string, description: string) => Command,
): void {
  const parent = program
    .command('ml')
    .description('forecasts of load: present ones, training, why, and how good on files');
  remote(parent, 'forecast', 'present forecasts of every service').action(async ({ data, url, token, json }: Asked) => {
    const { presentForecasts } = await import('./ml.ts');
    show(await presentForecasts({ dataFolder: data, url, token }), json === true);
  });
  remote(parent, 'train', 'train now, in the background').action(async ({ data, url, token, json }: Asked) => {
    const { trainNow } = await import('./ml.ts');
    show(await trainNow({ dataFolder: data, url, token }), json === true);
  });
  remote(parent, 'explain', 'what moved a forecast most')
    .argument('<service>', 'e.g. risk-engine')
    .addOption(new Option('--horizon <horizon>').choices(['15m', '1h', '24h']).default('15m'))
    .action(async (service: string, { data, url, token, horizon, json }: Asked & { horizon: Horizon }) => {
      const { explainForecast } = await import('./ml.ts');
      show(await explainForecast({ dataFolder: data, url, token }, service, horizon), json === true);
    });
  parent
    .command('backtest')
    .description('train on recorded load and score its validation period; the test period stays unseen')
    .addArgument(new Argument('<set>').choices(['equities', 'crypto', 'azure', 'nab']))
    .addOption(new Option('--load <folder>', 'folder of the recorded loads').env('NAUTILUS_LOAD').makeOptionMandatory())
    .option('--json', 'one JSON object instead of text')
    .action(async (set: 'equities' | 'crypto' | 'azure' | 'nab', { load, json }: { load: string; json?: true }) => {
      const { backtestRecorded } = await import('./ml.ts');
      show(await backtestRecorded(set, load), json === true);
    });
}
