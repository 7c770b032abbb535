/**
 * From the bytes of a query to the bytes of its answer, without sockets: authority for one zone, the steering policy for its steered
 * names, REFUSED for everything else. Never asks another server, and never throws on what a stranger sent.
 */
import { addressBytes, GROUP_BITS, type ClientAddress } from '../address.ts';
import type { Steering } from '../steering.ts';
import type { AnswerWriter } from './answer.ts';
import { CLASS_ANY, CLASS_INTERNET, HEADER_BYTES, RecordType, ResponseCode, UDP_BYTES_MAX } from './codes.ts';
import { nameKey } from './names.ts';
import { readQuery, type Query } from './query.ts';
import type { RecordSet, Zone, ZoneName } from './zone.ts';

const TCP_BYTES_MAX = 65_535;
/** RFC 8482: an answer to ANY that is no answer to ANY. */
const HINFO_DATA = Uint8Array.from([7, ...Buffer.from('RFC8482', 'latin1'), 0]);
const HINFO_SET: RecordSet = { type: RecordType.HINFO, ttlSeconds: 3600, data: [HINFO_DATA] };

/** What was answered, counted for metrics. */
export interface ResponderCounts {
  steered: number;
  recorded: number;
  noSuchName: number;
  noData: number;
  refused: number;
  malformed: number;
  notImplemented: number;
  failed: number;
  ignored: number;
}

export class Responder {
  readonly counts: ResponderCounts = {
    steered: 0,
    recorded: 0,
    noSuchName: 0,
    noData: 0,
    refused: 0,
    malformed: 0,
    notImplemented: 0,
    failed: 0,
    ignored: 0,
  };
  private readonly zone: Zone;
  private readonly steering: Steering;
  private readonly addresses: readonly { readonly ipv4: RecordSet; readonly ipv6: RecordSet }[];

  constructor(zone: Zone, steering: Steering) {
    this.zone = zone;
    this.steering = steering;
    this.addresses = steering.policy.targets.map(({ ipv4, ipv6 }) => ({
      ipv4: { type: RecordType.A, ttlSeconds: 0, data: ipv4.flatMap((text) => addressBytes(text, 4) ?? []) },
      ipv6: { type: RecordType.AAAA, ttlSeconds: 0, data: ipv6.flatMap((text) => addressBytes(text, 6) ?? []) },
    }));
  }

  /**
   * Answers one message into `writer`'s buffer and gives the answer's length, 0 for silence.
   * @param cut answer with nothing but the truncation flag, as the rate limit demands
   */
  answer(message: Uint8Array, from: ClientAddress, writer: AnswerWriter, over: 'udp' | 'tcp', cut = false): number {
    const query = readQuery(message);
    if (query === undefined) {
      this.counts.ignored++;
      return 0;
    }
    if ('code' in query) return this.refuse(message, query.code, writer);
    const bytesMax = over === 'tcp' ? TCP_BYTES_MAX : Math.min(UDP_BYTES_MAX, query.udpBytesMax);
    if (cut) {
      writer.begin(message, query, ResponseCode.noError, true, bytesMax);
      writer.truncate();
      return writer.finish(query, ResponseCode.noError, 0);
    }
    return this.answerQuery(message, query, from, writer, bytesMax);
  }

  private answerQuery(
    message: Uint8Array,
    query: Query,
    from: ClientAddress,
    writer: AnswerWriter,
    bytesMax: number,
  ): number {
    const finish = (code: ResponseCode, isAuthoritative: boolean): number => {
      writer.begin(message, query, code, isAuthoritative, bytesMax);
      return writer.finish(query, code, 0);
    };
    if (query.ednsVersion !== 0) {
      this.counts.notImplemented++;
      return finish(ResponseCode.badVersion, false);
    }
    const key = nameKey(query.name);
    if (!isWithin(key, this.zone.apexKey) || (query.class !== CLASS_INTERNET && query.class !== CLASS_ANY)) {
      this.counts.refused++;
      return finish(ResponseCode.refused, false);
    }
    if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) {
      this.counts.refused++;
      return finish(ResponseCode.refused, false);
    }
    const name = this.zone.names.get(key);
    if (name?.steered === true && (query.type === RecordType.A || query.type === RecordType.AAAA)) {
      return this.steer(message, query, from, writer, bytesMax);
    }
    const code = name === undefined ? ResponseCode.noSuchName : ResponseCode.noError;
    writer.begin(message, query, code, true, bytesMax);
    const found = name === undefined ? undefined : this.setOf(name, query.type);
    if (found === undefined) {
      if (name === undefined) this.counts.noSuchName++;
      else this.counts.noData++;
      this.addSoa(query, writer);
    } else {
      this.counts.recorded++;
      writer.add('answer', HEADER_BYTES, found);
      if (found.type === RecordType.NS) this.addGlue(writer);
    }
    return writer.finish(query, code, 0);
  }

  private steer(
    message: Uint8Array,
    query: Query,
    from: ClientAddress,
    writer: AnswerWriter,
    bytesMax: number,
  ): number {
    const subnet = query.subnet?.client;
    const client = subnet ?? from;
    const { target, ttlSeconds } = this.steering.steer(client);
    const addresses = this.addresses[target];
    if (addresses === undefined) {
      this.counts.failed++;
      writer.begin(message, query, ResponseCode.serverFailure, false, bytesMax);
      return writer.finish(query, ResponseCode.serverFailure, 0);
    }
    writer.begin(message, query, ResponseCode.noError, true, bytesMax);
    const set = query.type === RecordType.A ? addresses.ipv4 : addresses.ipv6;
    if (set.data.length === 0) {
      this.counts.noData++;
      this.addSoa(query, writer);
    } else {
      this.counts.steered++;
      writer.add('answer', HEADER_BYTES, set, ttlSeconds);
    }
    const scopeBits = subnet === undefined ? 0 : Math.min(subnet.prefixBits, GROUP_BITS[subnet.family]);
    return writer.finish(query, ResponseCode.noError, scopeBits);
  }

  private setOf(name: ZoneName, type: number): RecordSet | undefined {
    if (type === RecordType.ANY) return HINFO_SET;
    return name.sets.find((set) => set.type === type);
  }

  /** RFC 2308: negative answers carry the SOA, whose owner is the end of the name that was asked for. */
  private addSoa(query: Query, writer: AnswerWriter): void {
    const { soa, apex, negativeSeconds } = this.zone;
    writer.add('authority', HEADER_BYTES + query.name.length - apex.length, soa, negativeSeconds);
  }

  private addGlue(writer: AnswerWriter): void {
    for (const { wire, sets } of this.zone.glue) {
      for (const set of sets) {
        if (set.type === RecordType.A || set.type === RecordType.AAAA) writer.add('additional', wire, set);
      }
    }
  }

  private refuse(message: Uint8Array, code: ResponseCode, writer: AnswerWriter): number {
    if (code === ResponseCode.formError) this.counts.malformed++;
    else this.counts.notImplemented++;
    writer.begin(message, undefined, code, false, UDP_BYTES_MAX);
    return writer.finish(undefined, code, 0);
  }
}

/** Whether a name is the zone's apex or ends, at a label's border, with it. */
function isWithin(key: string, apexKey: string): boolean {
  if (key.length === apexKey.length) return key === apexKey;
  if (!key.endsWith(apexKey)) return false;
  let at = 0;
  while (at < key.length - apexKey.length) at += key.charCodeAt(at) + 1;
  return at === key.length - apexKey.length;
}
