/**
 * Limits how much one network is sent over UDP, whose sender may be forged: a bucket of tokens per /24 or /56, refilled with time.
 * An empty bucket cuts every second answer short (a real client then asks over TCP, which cannot be forged) and drops the rest.
 */
import { parseAddress, prefixOf, type ClientAddress } from '../address.ts';
import { GroupTable } from '../group-table.ts';

const PLACES = 1 << 16;
const MICROS_PER_SECOND = 1_000_000;
/** Seconds' worth of answers that a quiet network may have at once. */
const BURST_SECONDS = 2;

export type Verdict = 'answer' | 'cut' | 'drop';

interface Network {
  readonly prefix: ClientAddress;
}

export class RateLimiter {
  private readonly perSecond: number;
  private readonly burst: number;
  private readonly unlimited: readonly Network[];
  private readonly table = new GroupTable(PLACES);
  private readonly tokens = new Float64Array(PLACES);
  private readonly filledMicros = new Float64Array(PLACES);
  private readonly refused = new Uint8Array(PLACES);

  /** @param unlimited networks as `address/bits` that are never limited */
  constructor(perSecond: number, unlimited: readonly string[]) {
    this.perSecond = perSecond;
    this.burst = Math.max(1, perSecond * BURST_SECONDS);
    this.unlimited = unlimited.flatMap((text) => {
      const [address = '', bits = ''] = text.split('/');
      const parsed = parseAddress(address);
      return parsed === undefined ? [] : [{ prefix: prefixOf(parsed, Number(bits)) }];
    });
  }

  /** Whether the next answer may go to this network. */
  ask(client: ClientAddress, nowMicros: number): Verdict {
    if (this.unlimited.some(({ prefix }) => contains(prefix, client))) return 'answer';
    const { place, isNew } = this.table.claim(client, nowMicros);
    if (isNew) {
      this.tokens[place] = this.burst;
      this.filledMicros[place] = nowMicros;
      this.refused[place] = 0;
    }
    const gained = ((nowMicros - this.filledMicros[place]) / MICROS_PER_SECOND) * this.perSecond;
    this.tokens[place] = Math.min(this.burst, this.tokens[place] + gained);
    this.filledMicros[place] = nowMicros;
    if (this.tokens[place] >= 1) {
      this.tokens[place] -= 1;
      return 'answer';
    }
    this.refused[place] ^= 1;
    return this.refused[place] === 1 ? 'cut' : 'drop';
  }
}

function contains(prefix: ClientAddress, address: ClientAddress): boolean {
  if (prefix.family !== address.family) return false;
  const whole = prefix.prefixBits >> 3;
  for (let at = 0; at < whole; at++) if (prefix.bytes[at] !== address.bytes[at]) return false;
  const spare = prefix.prefixBits % 8;
  return spare === 0 || ((prefix.bytes[whole] ^ address.bytes[whole]) & (0xff << (8 - spare)) & 0xff) === 0;
}
