/** Why a replay cannot run. What is wrong inside a recording has codes of its own, beside its decoders. */
import { defineErrors } from '#kit/errors.ts';

export const replayErrors = defineErrors({
  REPLAY_FILE_UNREADABLE: {
    title: 'The recording cannot be read',
    httpStatus: 404,
    help: 'Check the path and that you may read the file.',
  },
  REPLAY_DECOMPRESSION_FAILED: {
    title: 'The recording cannot be decompressed',
    httpStatus: 422,
    help: 'The file is damaged or was cut short: fetch it again and compare its size with the source.',
  },
  REPLAY_EMPTY: {
    title: 'The recording holds no order-by-order records',
    httpStatus: 422,
    help: 'For Databento choose the mbo schema; for LOBSTER give the message file.',
  },
  REPLAY_SYMBOL_ABSENT: {
    title: 'The recording has no such symbol',
    httpStatus: 404,
    help: 'Leave the symbol out to see which instruments the recording holds.',
  },
  REPLAY_TOO_MANY_ORDERS: {
    title: 'More orders rest at once than a replay can hold',
    httpStatus: 413,
    help: 'Choose one instrument of the recording by its symbol.',
  },
  REPLAY_TOO_MANY_INSTRUMENTS: {
    title: 'The recording has more instruments than a replay can hold',
    httpStatus: 413,
    help: 'Choose one instrument of the recording by its symbol.',
  },
  REPLAY_EVENT_TOO_LONG: {
    title: 'One event of the venue has more records than a replay can hold',
    httpStatus: 422,
    help: 'The marks that end an event are missing: the file is damaged.',
  },
  REPLAY_PRICE_GRID: {
    title: 'The prices of an instrument do not fit a grid of 32-bit ticks',
    httpStatus: 422,
    help: 'Its prices span more than two thousand million of their smallest step; such a record is almost always damage.',
  },
});
