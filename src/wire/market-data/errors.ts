/** Why a recording cannot be read. Every malformed input ends in one of these codes, never in an invariant. */
import { defineErrors } from '#kit/errors.ts';

export const marketDataErrors = defineErrors({
  MARKET_DATA_FORMAT_UNKNOWN: {
    title: 'The file is none of the market data formats that can be replayed',
    httpStatus: 415,
    help: 'Give a Databento DBN file with the MBO schema, a Nasdaq ITCH 5.0 file or a LOBSTER message file, plain or compressed with zstd or gzip.',
  },
  MARKET_DATA_TRUNCATED: {
    title: 'The recording ends in the middle of a record',
    httpStatus: 422,
    help: 'The download or copy was cut short: fetch the file again and compare its size with the source.',
  },
  MARKET_DATA_ZSTD_FRAME: {
    title: 'The zstd compression of the recording is malformed',
    httpStatus: 422,
    help: 'The file is damaged: fetch it again and compare its size with the source.',
  },
  MARKET_DATA_DBN_HEADER: {
    title: 'The DBN metadata header is malformed',
    httpStatus: 422,
    help: 'The file is damaged near its start, or it is not DBN: fetch it again.',
  },
  MARKET_DATA_DBN_VERSION: {
    title: 'This version of DBN is not supported',
    httpStatus: 415,
    help: 'Versions 1, 2 and 3 are read: ask the supplier for one of them, or convert the file.',
  },
  MARKET_DATA_DBN_RECORD: {
    title: 'A DBN record is malformed',
    httpStatus: 422,
    help: 'The file is damaged at the given offset: fetch it again.',
  },
  MARKET_DATA_ITCH_FRAME: {
    title: 'An ITCH message has the wrong length for its type',
    httpStatus: 422,
    help: 'The file is damaged at the given offset, or it is another version of ITCH: version 5.0 with two-byte length framing is read.',
  },
  MARKET_DATA_ITCH_FIELD: {
    title: 'An ITCH message holds a value its field cannot have',
    httpStatus: 422,
    help: 'The file is damaged at the given offset: fetch it again.',
  },
  MARKET_DATA_LOBSTER_LINE: {
    title: 'A line of the LOBSTER message file is malformed',
    httpStatus: 422,
    help: 'A line holds time, type, order id, size, price and direction, separated by commas. Give the message file, not the order book file.',
  },
  MARKET_DATA_VALUE_RANGE: {
    title: 'A value in the recording is too large to be held exactly',
    httpStatus: 422,
    help: 'Prices, quantities and times must stay below 2^53 in the units of the file; such a value is almost always damage.',
  },
});
