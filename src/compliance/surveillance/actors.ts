/**
 * Who stands behind an order: the client by the short code of RTS 24 field 3 where the order has one, the firm otherwise.
 * A client keeps its code with every broker, so accounts that it spreads its orders over are one actor here.
 */

/** Client codes begin here among actor keys; below are participants. */
const CLIENT_KEYS = 2 ** 32;
const ACTORS_MAX = 1 << 20;

export interface ActorName {
  readonly kind: 'client' | 'firm';
  /** Short code of the client, or index of the participant. */
  readonly code: number;
}

export class Actors {
  private readonly indexes = new Map<number, number>();
  private readonly keys: number[] = [];

  /** The index of who entered an order; made when it is met first. Past ACTORS_MAX all newcomers are one actor. */
  indexOf(clientCode: number, participant: number): number {
    const key = clientCode === 0 ? participant : CLIENT_KEYS + (clientCode >>> 0);
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    if (this.keys.length >= ACTORS_MAX) return ACTORS_MAX - 1;
    const index = this.keys.length;
    this.keys.push(key);
    this.indexes.set(key, index);
    return index;
  }

  /** The actor of a name, -1 where it was never met. */
  find(name: ActorName): number {
    return this.indexes.get(name.kind === 'client' ? CLIENT_KEYS + name.code : name.code) ?? -1;
  }

  isClient(actor: number): boolean {
    return (this.keys[actor] ?? 0) >= CLIENT_KEYS;
  }

  nameOf(actor: number): ActorName {
    const key = this.keys[actor] ?? 0;
    return key >= CLIENT_KEYS ? { kind: 'client', code: key - CLIENT_KEYS } : { kind: 'firm', code: key };
  }

  get count(): number {
    return this.keys.length;
  }
}
