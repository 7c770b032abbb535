/** What can be wrong with recorded load, by code. Only declarations. */
import { defineErrors } from '#kit/errors.ts';

export const DATA_ERRORS = defineErrors({
  LOAD_FILE_MISSING: {
    title: 'A file of recorded load is not there',
    httpStatus: 404,
    help: 'Set NAUTILUS_DATA (or --data) to the folder whose `load` folder has the files.',
  },
  LOAD_FILE_MALFORMED: {
    title: 'A file of recorded load cannot be read',
    httpStatus: 422,
    help: 'The message names the file and what was expected; fetch the file again, or convert it to that format.',
  },
});
