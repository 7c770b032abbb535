/** The words of `nautilus report`, and what each takes. What they do is in reports.ts, loaded when one is used. */
import type { Command } from 'commander';
import { show } from './output.ts';
import type { ReportRequest } from './reports.ts';

/** Adds the commands to the program. */
export function reportCommands(program: Command): void {
  const report = program.command('report').description('reports to regulators, made from the journal');
  const local = (name: string, description: string): Command =>
    report
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of the platform', '.data')
      .option('--json', 'one JSON object instead of text');

  local('list', 'what can be made, and what was made').action(async (options: ReportRequest) => {
    show(await (await import('./reports.ts')).reportList(options.data), options.json === true);
  });
  local('generate', 'make a report of a period and keep it')
    .argument('<kind>', 'e.g. rts22-transactions; `report list` names them')
    .requiredOption('--from <time>', 'begin, UTC, e.g. 2026-11-22T00:00:00Z')
    .requiredOption('--to <time>', 'end, exclusive')
    .option('--preview', 'only say what it would tell; nothing is kept')
    .action(async (kind: string, options: ReportRequest) => {
      const { makeReport } = await import('./reports.ts');
      show(await makeReport(kind, options), options.json === true);
    });
}
