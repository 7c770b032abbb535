/**
 * The signer's process: its keys' folder and the log's origin as words, requests and answers over the channel to whoever
 * started it. Ends with that process, and never opens a port.
 */
import { createSystemClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { AuditSigner } from './signer.ts';
import type { SignerRequest } from './signer.ts';

const [folder = '', origin = ''] = process.argv.slice(2);
const signer = new AuditSigner(folder, origin, createSystemClock());

process.on('message', (message) => {
  const { id, request } = message as { id: number; request: SignerRequest };
  signer.answer(request).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      process.send?.({ id, error: text, refused: error instanceof CodedError });
    },
  );
});
// Who started it is gone; an interrupt at the terminal is for that process to act on.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
process.send?.({ type: 'ready' });
