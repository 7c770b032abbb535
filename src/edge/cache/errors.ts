/** Error codes of the caches. */
import { defineErrors } from '#kit/errors.ts';

export const CACHE_ERRORS = defineErrors({
  CACHE_POLICY_IMPOSSIBLE: {
    title: 'The cache cannot keep what its policy promises',
    httpStatus: 422,
    help: 'The detail names the strategy and the consistency level that exclude each other: choose another one of either.',
  },
  CACHE_SOURCE_DOWN: {
    title: 'The source of record does not answer, and nothing fresh enough is at hand',
    httpStatus: 503,
    help: 'Ask again when the source is back; a weaker consistency level would have answered with what was known.',
  },
  CACHE_QUEUE_FULL: {
    title: 'The write queue is full: the write was not taken',
    httpStatus: 503,
    help: 'Nothing was lost. Wait until the source takes writes again; the queue is shown at GET /api/v1/edge/caches.',
  },
  CACHE_QUEUE_UNREADABLE: {
    title: 'The file of the write queue is damaged',
    httpStatus: 500,
    help: 'Move it away and keep it: it holds acknowledged writes that the source may not have.',
  },
  CACHE_RESIDENCY: {
    title: 'This data may not be kept in that region',
    httpStatus: 403,
    help: 'Read it where it may lie, or ask for the policy to permit this region.',
  },
});
