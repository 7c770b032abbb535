/**
 * A process that appends to an audit log as fast as it goes and says what was acknowledged; the kill test ends it in the
 * middle. Words: folder of the log, folder of the keys, origin.
 */
import { writeSync } from 'node:fs';
import { AuditLog } from '#compliance/audit/log.ts';
import { Publisher } from '#compliance/audit/publisher.ts';
import { localSigner, sampleEntry } from '#compliance/audit/testing.ts';
import { createSystemClock } from '#kit/clock.ts';

const [folder = '', keys = '', origin = ''] = process.argv.slice(2);
const clock = createSystemClock();
const log = await AuditLog.open({ folder, origin });
const signer = localSigner(keys, origin, clock);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const publisher = new Publisher({
  log,
  signer,
  witnesses: [],
  clock,
  intervalMs: 20,
  onPublished: ({ size }) => say(`signed ${size}`),
  onFault: (fault) => say(`fault ${fault.message}`),
});
publisher.start();
say(`open ${log.size}`);
for (let size = log.size; ;) {
  const count = 1 + (size % 37);
  const first = await log.append(Array.from({ length: count }, (_, index) => sampleEntry(size + index)));
  size = first + count;
  say(`durable ${size}`);
}
