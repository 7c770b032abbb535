/** The program that `npm start` runs: the platform, with the arguments of this process. */
import { runPlatform } from './start.ts';

await runPlatform(process.argv.slice(2));
