/** Errors of regulatory reports. */
import { defineErrors } from '#kit/errors.ts';

export const REPORT_ERRORS = defineErrors({
  REPORT_UNKNOWN: {
    title: 'There is no such kind of report',
    httpStatus: 404,
    help: 'The list of what can be generated names every kind.',
  },
  REPORT_BAD_PERIOD: {
    title: 'The period is not one a report can be made of',
    httpStatus: 400,
    help: 'It begins before it ends, does not reach into the future, and is at most 31 days long.',
  },
  REPORT_NOTHING: {
    title: 'Nothing happened in the period that this report tells of',
    httpStatus: 409,
    help: 'No report was made. Choose another period, or look at the journal’s range.',
  },
  REPORT_TOO_LARGE: {
    title: 'The period has more events than one report can hold',
    httpStatus: 413,
    help: 'No report was made. Choose a shorter period and make several.',
  },
  REPORT_BUSY: {
    title: 'Another report is being made',
    httpStatus: 409,
    help: 'They read the journal and are made one at a time. Ask again when it is done.',
  },
  REPORT_MISSING: {
    title: 'There is no such report',
    httpStatus: 404,
    help: 'The list of reports that were made names each with its id.',
  },
});
