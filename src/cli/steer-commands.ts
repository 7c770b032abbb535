/** Declares `nautilus steer`, `network` and `host`: what their words take, and nothing of what they do. */
import { Option, type Command } from 'commander';
import { show, type Result } from './output.ts';
import type { PlatformAddress } from './platform-api.ts';

interface Remote {
  readonly data: string;
  readonly json?: true;
  readonly url?: string;
  readonly token?: string;
}

/** Makes a command that asks a platform, as the other commands do. */
type MakeCommand = (parent: Command, name: string, description: string) => Command;

const TIERS = ['primary-trading', 'regional-hub', 'disaster-recovery', 'analytics'] as const;

// Commander cannot know the options of a command: each call says what it declared.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function asking<Options extends Remote>(
  work: (address: PlatformAddress, options: Options, words: readonly string[]) => Promise<Result>,
) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.opts<Options>();
    const address = { dataFolder: options.data, url: options.url, token: options.token };
    show(await work(address, options, command.args), options.json === true);
  };
}

const basisOption = (): Option =>
  new Option('--basis <basis>', 'what to count with: what was measured, or what light needs where nothing was')
    .choices(['measured', 'floor'])
    .default('measured');

export function addSteeringCommands(program: Command, remote: MakeCommand): void {
  const steer = program.command('steer').description('where clients are sent, and why');
  remote(steer, 'explain', 'why a client is sent where it is sent')
    .requiredOption('--client <address>', 'its IPv4 or IPv6 address')
    .action(
      asking<Remote & { client: string }>(async (address, { client }) =>
        (await import('./steer.ts')).steerExplain(address, client),
      ),
    );
  remote(steer, 'targets', 'the clusters that clients can be sent to').action(
    asking(async (address) => (await import('./steer.ts')).steerTargets(address)),
  );
  remote(steer, 'status', 'the name server and its table of locations').action(
    asking(async (address) => (await import('./steer.ts')).steerStatus(address)),
  );
  remote(steer, 'export', 'the policy as an ExternalDNS resource')
    .addOption(
      new Option('--provider <provider>', 'whose DNS').choices(['aws', 'google', 'azure']).makeOptionMandatory(),
    )
    .action(
      asking<Remote & { provider: string }>(async (address, { provider }) =>
        (await import('./steer.ts')).steerExport(address, provider),
      ),
    );
  addNetworkCommands(program, remote);
}

function addNetworkCommands(program: Command, remote: MakeCommand): void {
  const network = program.command('network').description('what was measured between sites');
  remote(network, 'matrix', 'latency, loss and jitter of every link').action(
    asking(async (address) => (await import('./network.ts')).networkMatrix(address)),
  );
  remote(network, 'paths', 'where a relay is better than the direct way')
    .addOption(basisOption())
    .option('--all', 'every pair of sites')
    .action(
      asking<Remote & { basis: string; all?: true }>(async (address, { basis, all }) =>
        (await import('./network.ts')).networkPaths(address, basis, all === true),
      ),
    );
  remote(network, 'placement', 'where standby and witness of a primary belong')
    .argument('<primary>', 'cluster of the primary')
    .addOption(
      new Option('--leader <place>', 'where the stream’s leader may be').choices(['away', 'near']).default('away'),
    )
    .addOption(basisOption())
    .action(
      asking<Remote & { leader: string; basis: string }>(async (address, { leader, basis }, [primary = '']) =>
        (await import('./network.ts')).networkPlacement(address, primary, leader, basis),
      ),
    );
  program
    .command('host')
    .description('this machine')
    .command('check')
    .description('which of the eight network techniques are in force here, with the evidence')
    .addOption(new Option('--tier <tier>', 'whose profile').choices(TIERS).default('primary-trading'))
    .option('--json', 'one JSON object instead of text')
    .action(async ({ tier, json }: { tier: (typeof TIERS)[number]; json?: true }) => {
      show(await (await import('./network.ts')).hostCheck(tier), json === true);
    });
}
