/** The audit log's part of the error catalogue. Every refusal that leaves the audit log is one of these. */
import { CodedError, defineErrors } from '#kit/errors.ts';

export const AUDIT_ERRORS = defineErrors({
  AUDIT_DISK_FULL: {
    title: 'The disk has no room for the audit log',
    httpStatus: 507,
    help: 'Free space on the disk of the data folder. Nothing that was acknowledged is lost; what waits is entered as soon as there is room.',
  },
  AUDIT_WRITE_FAILED: {
    title: 'The disk refused to write the audit log',
    httpStatus: 500,
    help: 'Look at the disk and at the rights of the audit folder. What was not acknowledged is tried again.',
  },
  AUDIT_BUSY: {
    title: 'The audit log has more waiting than it may hold',
    httpStatus: 503,
    help: 'The disk is slower than the events. Nothing is dropped: followers go on from where they were.',
  },
  AUDIT_CLOSED: {
    title: 'The audit log is closed',
    httpStatus: 503,
    help: 'The platform is stopping. Start it again.',
  },
  AUDIT_ENTRY_INVALID: {
    title: 'An audit entry does not have the form of one',
    httpStatus: 400,
    help: 'Entries are at most 65,535 bytes of canonical JSON (RFC 8785).',
  },
  AUDIT_CORRUPT: {
    title: 'The audit log is damaged',
    httpStatus: 500,
    help: 'Nothing was changed. `nautilus audit verify` names every damaged place; restore the named file from a copy.',
  },
  AUDIT_TRUNCATED: {
    title: 'The audit log is shorter than what was signed',
    httpStatus: 500,
    help: 'Entries are missing that a signed checkpoint vouches for. Restore the audit folder from a copy that reaches the named size.',
  },
  AUDIT_FORKED: {
    title: 'The audit log does not hold what was signed',
    httpStatus: 500,
    help: 'Its entries lead to another root than the signed checkpoint. Keep both as evidence, and restore the folder from a copy.',
  },
  AUDIT_SIGNATURE_INVALID: {
    title: 'A signature does not verify',
    httpStatus: 422,
    help: 'The named key did not sign this text. Compare the keys with `nautilus audit keys` of the log’s operator.',
  },
  AUDIT_PROOF_INVALID: {
    title: 'The proof does not hold',
    httpStatus: 422,
    help: 'The detail says which step failed. A proof that was true stays true: this one was changed, or is of another log.',
  },
  AUDIT_NOTE_MALFORMED: {
    title: 'This is not a signed note',
    httpStatus: 400,
    help: 'The format is that of c2sp.org/signed-note. Nothing may be changed in it, line ends included.',
  },
  AUDIT_KEY_UNUSABLE: {
    title: 'A key of the audit log cannot be used',
    httpStatus: 500,
    help: 'Restore the named key file from a copy. Without it no further checkpoint can be signed; nothing signed before is affected.',
  },
  AUDIT_SIGNER_REFUSED: {
    title: 'The signer refuses this checkpoint',
    httpStatus: 500,
    help: 'It signs only what continues what it signed before. The audit folder was rolled back or changed: compare with `nautilus audit verify`.',
  },
  AUDIT_SIGNER_UNAVAILABLE: {
    title: 'The signer does not answer',
    httpStatus: 503,
    help: 'Entries are kept and acknowledged as before; checkpoints wait until the signer is there again. It is restarted by itself.',
  },
  AUDIT_WITNESS_REFUSED: {
    title: 'A witness refuses this checkpoint',
    httpStatus: 502,
    help: 'The detail is its answer. Where it says that the log is inconsistent, somebody was shown another history: keep the audit folder as it is.',
  },
  AUDIT_NOT_PROVABLE: {
    title: 'This cannot be proven (yet)',
    httpStatus: 404,
    help: 'An event is provable within a second, once a checkpoint covers it. The detail says what is missing.',
  },
  AUDIT_NOT_READY: {
    title: 'The audit log has no checkpoint yet',
    httpStatus: 503,
    help: 'The first one is signed within seconds of the start: try again in a moment.',
  },
  AUDIT_ERASED: {
    title: 'The personal part of this entry was erased',
    httpStatus: 410,
    help: 'Its key and salt are destroyed. The entry itself, and every proof of it, stay valid.',
  },
});

/** What is particular to a corrupt file: which one, and what was found there. */
export function auditCorruption(file: string, finding: string): CodedError {
  return new CodedError(AUDIT_ERRORS.AUDIT_CORRUPT, `${file}: ${finding}`);
}
