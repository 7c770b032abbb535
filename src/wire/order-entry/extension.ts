/**
 * The extension block behind the fixed words of a new order: tagged values that travel with the order into the journal,
 * for reports to regulators. The engine does not read them. Tags are part of the protocol: add, never reuse.
 */

/**
 * Each entry is a tag (u16), the length of its value in bytes (u16) and the value, padded with zeros to a multiple of 4.
 * Tag 0 ends the block; what follows it is zero.
 */
export const ExtensionTag = {
  end: 0,
  /** CAT manual orders: when the order was taken by hand, i64 microseconds since 1970 UTC. */
  manualReceiptMicros: 1,
  /** CAT manual orders: when it was entered into an electronic system, i64 microseconds. */
  electronicCaptureMicros: 2,
  /** Free text of the client for its own records, UTF-8. */
  clientText: 3,
} as const;

const ENTRY_HEAD_BYTES = 4;

/** Whether bytes [from, end) are whole entries up to the end or to tag 0 and zeros. */
export function isExtensionWellFormed(view: DataView, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    if (end - at < ENTRY_HEAD_BYTES) return false;
    if (view.getUint16(at, true) === ExtensionTag.end) return isZero(view, at, end);
    const length = view.getUint16(at + 2, true);
    at += ENTRY_HEAD_BYTES + ((length + 3) & ~3);
  }
  return at === end;
}

/** Whether a well-formed block in bytes [from, end) has a value of `byteLength` bytes under `tag`. */
export function hasExtension(view: DataView, from: number, end: number, tag: number, byteLength: number): boolean {
  let at = from;
  while (at < end) {
    const found = view.getUint16(at, true);
    if (found === ExtensionTag.end) return false;
    const length = view.getUint16(at + 2, true);
    if (found === tag && length === byteLength) return true;
    at += ENTRY_HEAD_BYTES + ((length + 3) & ~3);
  }
  return false;
}

function isZero(view: DataView, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}
