/** Error codes of this folder: what can be wrong with a snapshot. */
import { defineErrors } from '#kit/errors.ts';

export const TradingErrors = defineErrors({
  TRADING_SNAPSHOT_DAMAGED: {
    title: 'Snapshot is damaged',
    httpStatus: 500,
    help: 'Remove this snapshot file: recovery then uses an older one and replays more of the journal.',
  },
  TRADING_SNAPSHOT_TOO_NEW: {
    title: 'Snapshot was written by a newer version of Nautilus',
    httpStatus: 500,
    help: 'Start the version that wrote it, or a later one. Nothing was changed.',
  },
  TRADING_SEMANTICS_TOO_NEW: {
    title: 'Journal was written by a newer version of Nautilus',
    httpStatus: 500,
    help: 'Start the version that wrote it, or a later one. Nothing was changed.',
  },
  TRADING_BAD_CAPACITY: {
    title: 'Journal begins with capacities that are out of range',
    httpStatus: 500,
    help: 'The first command of the journal is damaged or was written by another program.',
  },
});
