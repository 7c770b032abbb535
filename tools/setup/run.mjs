/** Runs one program of set-up with everything it says on standard error. Never through a shell. */
import { spawn } from 'node:child_process';

/** Resolves to the exit code; 127 when the program could not be started, 128 when a signal ended it. */
export function run(program, args, directory) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 2, 2] });
    child.on('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 128));
  });
}

/** Says on standard error what starts now, and how long it took when it ends. */
export async function announced(what, work) {
  const started = performance.now();
  process.stderr.write(`nautilus set-up: ${what} …\n`);
  await work();
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write(`nautilus set-up: ${what}: done in ${seconds.toFixed(1)} s\n`);
}
