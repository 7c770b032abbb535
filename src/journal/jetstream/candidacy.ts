/**
 * How a member takes the next epoch of a shard: a signed opening in the stream, everything before it read, then enough
 * entries of its own that nothing an old leader has under way can still fit. The stream alone decides who it is.
 */
import { CodedError } from '#kit/errors.ts';
import { JOURNAL_ERRORS } from '../errors.ts';
import { fillingRecord } from './entries.ts';
import { STREAM_ERRORS } from './errors.ts';
import type { Follower } from './follower.ts';
import { Expect, expecting } from './link.ts';
import type { StreamLink } from './link.ts';
import { IN_FLIGHT_MAX } from './options.ts';
import { encodeGenesis, encodeOpening } from './openings.ts';

/** How long a candidate goes on where the servers do not answer. */
const CANDIDACY_MS_MAX = 30_000;
const RETRY_MS = 100;
const NONCE_BYTES = 16;

export interface Candidacy {
  epoch: number;
  /** The end of the stream, where the epoch goes on. */
  lastStreamSequence: number;
}

/**
 * Takes the next epoch. Rejects with JOURNAL_EPOCH_TAKEN when another candidate was first, JOURNAL_FENCED when one came
 * right behind, JOURNAL_STREAM_UNREACHABLE when the servers did not answer in time. The follower follows meanwhile.
 */
export async function takeEpoch(link: StreamLink, follower: Follower): Promise<Candidacy> {
  const deadline = performance.now() + CANDIDACY_MS_MAX;
  await seeEverything(link, follower, deadline);
  if (follower.state.streamSequence === 0) await ensureGenesis(link, follower, deadline);
  const epoch = follower.state.epoch + 1;
  await open(link, follower, epoch, deadline);
  const lastStreamSequence = await outrun(link, follower, epoch, deadline);
  return { epoch, lastStreamSequence };
}

/** Follows up to what is the stream's end now. */
async function seeEverything(link: StreamLink, follower: Follower, deadline: number): Promise<number> {
  const { lastSequence } = await untilAnswered(link, deadline, () => link.facts());
  await follower.reached(lastSequence, remaining(deadline));
  return lastSequence;
}

async function ensureGenesis(link: StreamLink, follower: Follower, deadline: number): Promise<void> {
  await untilAnswered(link, deadline, async () => {
    const payload = encodeGenesis(link.options.shard);
    const published = await link.publish('genesis', payload, expecting(Expect.subjectEnd, 0));
    // Somebody else's is as good: it says the same.
    if (published.kind === 'unknown' && (await link.lastOf('genesis')) === undefined) throw new Error(published.why);
  });
  await seeEverything(link, follower, deadline);
}

/** Publishes the opening and reads up to it. Two candidates may both get theirs stored; the first one in the stream counts. */
async function open(link: StreamLink, follower: Follower, epoch: number, deadline: number): Promise<void> {
  const { shard, member, signingKey, clock, fillRandom } = link.options;
  const random = new Uint8Array(NONCE_BYTES);
  fillRandom(random);
  const nonce = Buffer.from(random).toString('hex');
  const payload = encodeOpening({ shard, epoch, member, nonce, timeMicros: clock.nowMicros() }, signingKey);
  const after = follower.state.lastOpeningAt;
  const storedAt = await untilAnswered(link, deadline, async () => {
    const published = await link.publish('epoch', payload, expecting(Expect.subjectEnd, after));
    if (published.kind === 'stored') return published.streamSequence;
    const last = await link.lastOf('epoch');
    if (last !== undefined && Buffer.compare(last.payload, payload) === 0) return last.streamSequence;
    if (last !== undefined && last.streamSequence > after) throw taken(link, epoch);
    throw new Error(published.kind === 'unknown' ? published.why : 'the opening was refused');
  });
  await follower.reached(storedAt, remaining(deadline));
  const winner = follower.state.epochs.find((start) => start.epoch === epoch);
  if (winner?.nonce !== nonce) throw taken(link, epoch);
}

/**
 * Lays entries of this epoch until more messages follow the opening than a leader may have under way, so that no
 * message of an old leader expects what is now the end; an entry of its own is the last. Returns the stream's end.
 */
async function outrun(link: StreamLink, follower: Follower, epoch: number, deadline: number): Promise<number> {
  const opening = follower.state.lastOpeningAt;
  const filling = fillingRecord(epoch, link.options.clock.nowMicros());
  let end = await seeEverything(link, follower, deadline);
  for (;;) {
    if (follower.state.epoch !== epoch) {
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_FENCED, `epoch ${epoch} of ${link.options.shard}`);
    }
    const missing = Math.max(1, opening + IN_FLIGHT_MAX - end);
    const published = await Promise.all(
      Array.from({ length: missing }, (_, index) =>
        link.publish('entry', filling, expecting(Expect.streamEnd, end + index)),
      ),
    );
    end += missing;
    const last = published.at(-1);
    if (last?.kind === 'stored' && last.streamSequence === end && end >= opening + IN_FLIGHT_MAX) {
      await follower.reached(end, remaining(deadline));
      return end;
    }
    if (remaining(deadline) <= 0) throw unreachable(link, 'the epoch could not be begun in time');
    end = await seeEverything(link, follower, deadline);
  }
}

/** Calls until the answer is no failure of the network; a coded error goes through. */
async function untilAnswered<T>(link: StreamLink, deadline: number, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (remaining(deadline) <= 0) throw unreachable(link, why);
      await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS);
      });
    }
  }
}

function remaining(deadline: number): number {
  return deadline - performance.now();
}

function taken(link: StreamLink, epoch: number): CodedError {
  return new CodedError(JOURNAL_ERRORS.JOURNAL_EPOCH_TAKEN, `epoch ${epoch} of ${link.options.shard}`);
}

function unreachable(link: StreamLink, why: string): CodedError {
  return new CodedError(STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE, `${link.options.stream}: ${why}`);
}
