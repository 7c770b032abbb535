/**
 * What can go wrong between a member and the replicated journal, as a part of the error catalogue, and the faults a leader
 * is told. Never hides which promise is in danger.
 */
import { defineErrors } from '#kit/errors.ts';
import type { ErrorKind } from '#kit/errors.ts';
import type { JournalFault } from '#kit/ports/journal.ts';
import { JOURNAL_ERRORS } from '../errors.ts';

export const STREAM_ERRORS = defineErrors({
  JOURNAL_STREAM_UNREACHABLE: {
    title: 'The replicated journal does not answer',
    httpStatus: 503,
    help: 'Nothing is acknowledged meanwhile, and trading resumes by itself. Look at the nats-servers and at the network to them; two of three must be up and see each other.',
  },
  JOURNAL_STREAM_BEHIND: {
    title: 'The replicated journal takes less than is asked of it',
    httpStatus: 503,
    help: 'Trading resumes by itself when the servers have caught up. Fewer orders per second, a faster network between the servers, or faster disks keep it from happening.',
  },
  JOURNAL_STREAM_MISSING: {
    title: 'The stream of the shard does not exist',
    httpStatus: 500,
    help: 'Create it with the administrator account, as docs/replicated-journal.md shows. A member may not create streams.',
  },
  JOURNAL_STREAM_REFUSED: {
    title: 'The nats-servers refused this member',
    httpStatus: 403,
    help: 'Its key was revoked or rotated, or it may not publish to this shard. Compare the key with deploy/nats and reload the servers.',
  },
  JOURNAL_STREAM_FOREIGN: {
    title: 'The stream is not the journal of this shard',
    httpStatus: 500,
    help: 'It holds another shard, or was written by a newer version. Nothing was changed. Check the name of the shard, and run the version that wrote it or a later one.',
  },
  JOURNAL_STREAM_SHORT: {
    title: 'The stream has lost entries that it had acknowledged',
    httpStatus: 500,
    help: 'Too many servers lost their disks at once. Trading stops here. Restore the stream from a server that has the entries, or from the members’ mirrors; see docs/replicated-journal.md.',
  },
  JOURNAL_STREAM_SETTINGS: {
    title: 'The servers cannot keep what the production profile promises',
    httpStatus: 500,
    help: 'Correct the named settings; deploy/nats has a configuration that is right. The development profile starts all the same, with a lower promise.',
  },
  JOURNAL_STREAM_OPTIONS: {
    title: 'The options of the replicated journal are wrong',
    httpStatus: 400,
    help: 'Correct the named option; docs/replicated-journal.md lists them.',
  },
});

export function fenced(detail: string): JournalFault {
  return faultOf('fenced', JOURNAL_ERRORS.JOURNAL_FENCED, detail);
}

export function faultOf(kind: JournalFault['kind'], { code, title }: ErrorKind, detail: string): JournalFault {
  return { kind, code, message: `${title}: ${detail}` };
}
