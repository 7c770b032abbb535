/** The spinning echo where there is no C compiler: prints its port, ends when its input is closed. */
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

let connections = 0;

function spin(): void {
  if (connections > 0) setImmediate(spin);
}

const server = createServer({ noDelay: true }, (socket) => {
  connections++;
  setImmediate(spin);
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('error', () => undefined);
  socket.on('close', () => connections--);
});
server.listen(0, '127.0.0.1', () => writeSync(1, `${(server.address() as AddressInfo).port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
