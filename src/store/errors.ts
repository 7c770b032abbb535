/** The store's part of the error catalogue. */
import { defineErrors } from '#kit/errors.ts';

export const STORE_ERRORS = defineErrors({
  STORE_OPEN_FAILED: {
    title: 'The database could not be opened',
    httpStatus: 503,
    help: 'Check that the file or the server named here exists, that this user may read and write it, and that no other program holds it.',
  },
  STORE_SCHEMA_NEWER: {
    title: 'The database was changed by a newer version',
    httpStatus: 503,
    help: 'Run that version or a later one. Nothing was changed.',
  },
  STORE_SESSIONS_EXHAUSTED: {
    title: 'There is no order-entry session id left',
    httpStatus: 409,
    help: 'Ids 1 to 65535 are never given twice, so that the journal stays readable. Start a new shard.',
  },
});
