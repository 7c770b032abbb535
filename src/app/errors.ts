/** Error codes of starting and running the platform. */
import { defineErrors } from '#kit/errors.ts';

export const APP_ERRORS = defineErrors({
  APP_USAGE: {
    title: 'Arguments are wrong',
    httpStatus: 400,
    help: 'npm start -- --help lists what may be given.',
  },
  APP_PORT_IN_USE: {
    title: 'Port is in use',
    httpStatus: 500,
    help: 'End that process, or start with --port and another number.',
  },
  APP_ALREADY_RUNNING: {
    title: 'Data folder is in use',
    httpStatus: 500,
    help: 'Use the platform that runs, stop it, or start with --data and another folder.',
  },
  APP_DATA_UNWRITABLE: {
    title: 'Data folder cannot be written',
    httpStatus: 500,
    help: 'Give it to this user, or start with --data and another folder.',
  },
  APP_NODE_FAILED: {
    title: 'Trading node did not start',
    httpStatus: 500,
    help: 'Its own words are above. Nothing was changed by this process.',
  },
  APP_KEY_UNUSABLE: {
    title: 'Session key cannot be used',
    httpStatus: 500,
    help: 'Remove the file: a new key is made and registered at the next start.',
  },
  APP_RECORDING_UNFIT: {
    title: 'The recording does not fit this journal',
    httpStatus: 500,
    help: 'Choose one instrument with --symbol, or start with --data and a new folder.',
  },
  APP_SEEDING_REFUSED: {
    title: 'Reference data was refused',
    httpStatus: 500,
    help: 'The configuration contradicts what the journal holds; correct the file that is named.',
  },
});
