/** The thread that measures the machine, so that the process that asked neither waits nor is measured with it. */
import { parentPort, workerData } from 'node:worker_threads';
import { readMachine } from './machine.ts';

parentPort?.postMessage(await readMachine(workerData as string), []);
