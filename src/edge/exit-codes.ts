/** How the node's process ends: one exit code per kind of reason, after sysexits.h. Listed in docs/edge.md. */
import { CodedError } from '#kit/errors.ts';

export const ExitCode = {
  stopped: 0,
  /** EX_USAGE: wrong arguments or options. */
  configuration: 64,
  /** EX_DATAERR: the journal or a snapshot is damaged, or was written by a newer version. */
  data: 65,
  /** EX_UNAVAILABLE: the port or address cannot be had. */
  address: 69,
  /** EX_SOFTWARE: a bug. */
  bug: 70,
  /** EX_CANTCREAT: the data folder cannot be written. */
  folder: 73,
  /** EX_IOERR: the disk refuses. */
  disk: 74,
  /** EX_TEMPFAIL: another node leads the journal now. */
  fenced: 75,
  /** EX_PROTOCOL: the standby's state differs from its leader's. */
  diverged: 76,
  /** EX_NOPERM: a key or certificate cannot be used. */
  key: 77,
  /** EX_CONFIG: the standby runs another version than its leader. */
  version: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const BY_ERROR: Readonly<Record<string, ExitCode>> = {
  EDGE_CONFIGURATION_BAD: ExitCode.configuration,
  EDGE_CLEAR_TEXT_REFUSED: ExitCode.configuration,
  EDGE_PORT_IN_USE: ExitCode.address,
  EDGE_ADDRESS_UNUSABLE: ExitCode.address,
  EDGE_KEY_UNUSABLE: ExitCode.key,
  EDGE_DATA_UNWRITABLE: ExitCode.folder,
  EDGE_SNAPSHOT_UNREADABLE: ExitCode.data,
  EDGE_SNAPSHOT_NEWER: ExitCode.data,
  EDGE_JOURNAL_REFUSES: ExitCode.disk,
  EDGE_FENCED: ExitCode.fenced,
  EDGE_STATE_DIFFERS: ExitCode.diverged,
  EDGE_VERSION_DIFFERS: ExitCode.version,
  JOURNAL_CORRUPT: ExitCode.data,
  JOURNAL_FORMAT_NEWER: ExitCode.data,
  JOURNAL_SNAPSHOT_NEWER: ExitCode.data,
  JOURNAL_SEQUENCE_GONE: ExitCode.data,
  JOURNAL_SEQUENCE_AHEAD: ExitCode.data,
  JOURNAL_FOLDER_UNUSABLE: ExitCode.folder,
  JOURNAL_DISK_FULL: ExitCode.disk,
  JOURNAL_WRITE_FAILED: ExitCode.disk,
  JOURNAL_READ_FAILED: ExitCode.disk,
  JOURNAL_EPOCH_TAKEN: ExitCode.fenced,
  JOURNAL_FENCED: ExitCode.fenced,
  JOURNAL_STREAM_OPTIONS: ExitCode.configuration,
  JOURNAL_STREAM_SETTINGS: ExitCode.configuration,
  JOURNAL_STREAM_UNREACHABLE: ExitCode.address,
  JOURNAL_STREAM_MISSING: ExitCode.address,
  JOURNAL_STREAM_REFUSED: ExitCode.key,
  JOURNAL_STREAM_FOREIGN: ExitCode.data,
  JOURNAL_STREAM_SHORT: ExitCode.data,
  STORE_OPEN_FAILED: ExitCode.folder,
  STORE_SCHEMA_NEWER: ExitCode.data,
  TRADING_SNAPSHOT_DAMAGED: ExitCode.data,
  TRADING_SNAPSHOT_TOO_NEW: ExitCode.data,
  TRADING_SEMANTICS_TOO_NEW: ExitCode.data,
  TRADING_BAD_CAPACITY: ExitCode.configuration,
};

/** The exit code for what ended the process; whatever is not a known coded error is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CodedError ? (BY_ERROR[error.code] ?? ExitCode.bug) : ExitCode.bug;
}
