/**
 * Makes a shard's stream. In production an administrator does it ahead of time: members have no right to.
 */
import { CodedError } from '#kit/errors.ts';
import { describeCause } from '../errors.ts';
import { STREAM_ERRORS } from './errors.ts';
import { ApiFailure } from './link.ts';
import type { StreamFacts, StreamLink } from './link.ts';
import { streamNames } from './options.ts';

const ATTEMPTS_MAX = 150;
const RETRY_MS = 200;

/** The stream's configuration, for JetStream's API. */
export function streamConfiguration(shard: string, replicas: number): object {
  const { stream, subjects } = streamNames(shard);
  return {
    name: stream,
    subjects: Object.values(subjects),
    retention: 'limits',
    storage: 'file',
    num_replicas: replicas,
    // Retention removes entries by snapshots only; nothing is ever pushed out.
    discard: 'new',
    max_msgs: -1,
    max_bytes: -1,
    max_age: 0,
    max_msgs_per_subject: -1,
    deny_delete: true,
    allow_direct: false,
  };
}

/**
 * Finds the stream, and creates it when it is not there. Rejects with JOURNAL_STREAM_MISSING when this member may not,
 * and with JOURNAL_STREAM_UNREACHABLE when the servers do not agree on a leader in time.
 */
export async function findStream(link: StreamLink): Promise<StreamFacts> {
  const { shard, replicas, stream } = link.options;
  for (let attempt = 1; ; attempt++) {
    let isMissing = false;
    try {
      const facts = await link.facts();
      if (facts.leader !== '' || attempt === ATTEMPTS_MAX) return facts;
    } catch (error) {
      isMissing = error instanceof ApiFailure && error.isStreamMissing;
      if (attempt === ATTEMPTS_MAX) throw unfound(isMissing, stream, error);
    }
    try {
      if (isMissing) await link.request(`STREAM.CREATE.${stream}`, streamConfiguration(shard, replicas));
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || isForbidden(error)) throw unfound(true, stream, error);
    }
    // A cluster that has just started has no leader yet, and does not know all its servers.
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
}

function unfound(isMissing: boolean, stream: string, error: unknown): CodedError {
  const kind = isMissing ? STREAM_ERRORS.JOURNAL_STREAM_MISSING : STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE;
  return new CodedError(kind, `${stream}: ${describeCause(error)}`, { cause: error });
}

function isForbidden(error: unknown): boolean {
  return /permissions violation/i.test(describeCause(error));
}
