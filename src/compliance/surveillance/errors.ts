/** Surveillance's part of the error catalogue. */
import { defineErrors } from '#kit/errors.ts';

export const SURVEILLANCE_ERRORS = defineErrors({
  SURVEILLANCE_NOT_FOUND: {
    title: 'There is no such alert, case, scenario or back-test',
    httpStatus: 404,
    help: 'Look at the list it should be in; ids are kept for ever.',
  },
  SURVEILLANCE_STATE: {
    title: 'It is not in a state that allows this any more',
    httpStatus: 409,
    help: 'Somebody else decided first. Read it again.',
  },
  SURVEILLANCE_PARAMETERS: {
    title: 'These parameters cannot be used',
    httpStatus: 400,
    help: 'GET /api/v1/compliance/scenarios lists every parameter with its unit and bounds.',
  },
  SURVEILLANCE_BUSY: {
    title: 'Too many back-tests and replays wait already',
    httpStatus: 409,
    help: 'They read the journal one after the other. Ask again when some are done.',
  },
  SURVEILLANCE_EVENT_FILE: {
    title: 'The file of labelled events cannot be read',
    httpStatus: 400,
    help: 'One JSON object a line, in order of time; docs/surveillance.md describes the lines.',
  },
});
