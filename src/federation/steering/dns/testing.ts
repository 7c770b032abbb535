/** For tests of the name server: writes queries and takes answers apart with the server's own name reader. */
import { HEADER_BYTES } from './codes.ts';
import { encodeName, readName } from './names.ts';

export interface QueryTerms {
  readonly name: string;
  readonly type: number;
  readonly class?: number;
  readonly id?: number;
  /** Adds an EDNS record. */
  readonly edns?: {
    readonly bytes?: number;
    readonly version?: number;
    readonly dnssecOk?: boolean;
    readonly options?: Uint8Array;
  };
}

export function queryOf({ name, type, class: netClass = 1, id = 0x1234, edns }: QueryTerms): Uint8Array {
  const wire = encodeName(name);
  if (wire === undefined) throw new RangeError(`${name} is not a name`);
  const head = [id >> 8, id & 0xff, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1];
  const question = [...wire, type >> 8, type & 0xff, netClass >> 8, netClass & 0xff];
  if (edns === undefined) return Uint8Array.from([...head, ...question]);
  const { bytes = 1232, version = 0, dnssecOk = false, options = new Uint8Array(0) } = edns;
  const opt = [
    0,
    0,
    41,
    bytes >> 8,
    bytes & 0xff,
    0,
    version,
    dnssecOk ? 0x80 : 0,
    0,
    options.length >> 8,
    options.length & 0xff,
  ];
  return Uint8Array.from([...head, ...question, ...opt, ...options]);
}

/** The EDNS Client Subnet option for an IPv4 prefix. */
export function subnetOption(bytes: readonly number[], bits: number, family = 1): Uint8Array {
  return Uint8Array.from([0, 8, 0, 4 + bytes.length, 0, family, bits, 0, ...bytes]);
}

export interface ReadRecord {
  readonly owner: string;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: number[];
}

export interface ReadAnswer {
  readonly id: number;
  readonly code: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  readonly question: string;
  readonly answers: readonly ReadRecord[];
  readonly authority: readonly ReadRecord[];
  readonly additional: readonly ReadRecord[];
}

/** Takes an answer apart; throws where it is not well formed to its last byte. */
export function readAnswer(message: Uint8Array): ReadAnswer {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  let at = HEADER_BYTES;
  const name = (): string => {
    const read = readName(message, at, HEADER_BYTES);
    if (read === undefined) throw new RangeError(`no name at ${at}`);
    at = read.end;
    return textOf(read.wire);
  };
  const question = view.getUint16(4) === 1 ? name() : '';
  if (view.getUint16(4) === 1) at += 4;
  const records = (count: number): ReadRecord[] =>
    Array.from({ length: count }, () => {
      const owner = name();
      const type = view.getUint16(at);
      const ttlSeconds = view.getUint32(at + 4);
      const length = view.getUint16(at + 8);
      at += 10 + length;
      if (at > message.length) throw new RangeError('a record is longer than the message');
      return { owner, type, ttlSeconds, data: [...message.subarray(at - length, at)] };
    });
  const answers = records(view.getUint16(6));
  const authority = records(view.getUint16(8));
  const additional = records(view.getUint16(10));
  if (at !== message.length) throw new RangeError(`${message.length - at} bytes too many`);
  const flags = view.getUint16(2);
  return {
    id: view.getUint16(0),
    code: flags & 0x0f,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    question,
    answers,
    authority,
    additional,
  };
}

function textOf(wire: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1) {
    labels.push(Buffer.from(wire.subarray(at + 1, at + 1 + wire[at])).toString('latin1'));
  }
  return labels.join('.');
}
