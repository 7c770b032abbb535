/** Errors that several parts of the compliance plane share. */
import { defineErrors } from '#kit/errors.ts';

export const COMPLIANCE_ERRORS = defineErrors({
  COMPLIANCE_HISTORY_GONE: {
    title: 'The journal does not reach back that far',
    httpStatus: 410,
    help: 'Its segments were removed after a snapshot. What is stored with an alert or a report is complete without them.',
  },
});
