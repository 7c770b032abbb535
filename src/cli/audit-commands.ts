/** The words of `nautilus audit`, and what each takes. What they do is in audit.ts, loaded when one is used. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { AuditSource, WitnessOptions } from './audit.ts';
import { show } from './output.ts';

interface Shown extends AuditSource {
  readonly json?: true;
}

const gather = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds the commands to the program. */
export function auditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit log: check it, prove from it, witness it');
  const source = (name: string, description: string): Command =>
    audit
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of the platform', '.data')
      .option('--log <folder>', 'the log’s folder, e.g. of a copy')
      .option('--key <vkey>', 'a key to trust, or a file of them; again for more', gather, [])
      .option('--json', 'one JSON object instead of text');

  source('verify', 'read and check a whole log, or one proof')
    .option('--proof <file>', 'check this proof file instead; it needs nothing but the keys')
    .action(async ({ proof, ...options }: Shown & { proof?: string }) => {
      const { auditVerification, proofVerification } = await import('./audit.ts');
      const asJson = options.json === true;
      const checked =
        proof === undefined
          ? auditVerification(options, (found) => show(found, asJson))
          : proofVerification(options, proof);
      show(await checked, asJson);
    });
  source('prove', 'write the offline proof of an entry')
    .argument('<index>', 'of the entry, from 0', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--out <file>', 'where it goes (entry-INDEX.tlog-proof)')
    .action(async (index: number, options: Shown & { out?: string }) => {
      show(await (await import('./audit.ts')).auditProof(options, index, options.out), options.json === true);
    });
  source('export', 'entries as lines of JSON')
    .option('--from <index>', 'first one', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--to <index>', 'last one', wholeNumber(0, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
    .action(async (options: Shown & { from: number; to: number }) =>
      (await import('./audit.ts')).printAuditExport(options, options.from, options.to),
    );
  source('keys', 'the log’s public keys, for whoever checks it').action(async (options: Shown) => {
    show(await (await import('./audit.ts')).auditKeys(options), options.json === true);
  });
  audit
    .command('witness')
    .description('run a witness (c2sp.org/tlog-witness)')
    .requiredOption('--folder <folder>', 'where its keys and its memory are')
    .requiredOption('--name <name>', 'its name, e.g. witness.example.com/w1')
    .requiredOption('--log-keys <file>', 'keys of the logs it knows, a line each')
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--port <port>', 'at which port', wholeNumber(0, 65_535), 8101)
    .option('--json', 'one JSON object instead of text')
    .action(async (options: WitnessOptions & { json?: true }) => {
      show(await (await import('./audit.ts')).runWitness(options), options.json === true);
    });
}
