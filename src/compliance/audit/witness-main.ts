/**
 * A witness's process: words are its folder, its name, the file with the keys of the logs it knows (a line each, read
 * again at each request) and where it listens. Ends with who started it, where a channel leads there.
 */
import { readFileSync } from 'node:fs';
import { createSystemClock } from '#kit/clock.ts';
import { parseVkey } from './note.ts';
import { Witness } from './witness.ts';
import { serveWitness } from './witness-server.ts';

const [folder = '', name = '', logKeysFile = '', host = '127.0.0.1', portText = '0'] = process.argv.slice(2);

const readLogKeys = (): ReturnType<typeof parseVkey>[] =>
  readFileSync(logKeysFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(parseVkey);

const witness = new Witness(folder, name, readLogKeys, createSystemClock());
const { port } = await serveWitness(witness, host, Number(portText));
process.on('disconnect', () => process.exit(0));
if (process.send !== undefined) process.on('SIGINT', () => undefined);
const ready = { type: 'ready', port, vkeys: witness.vkeys };
if (process.send === undefined) process.stdout.write(`${JSON.stringify(ready)}\n`);
else process.send(ready);
