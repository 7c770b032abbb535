/**
 * Who is in the simulated market: firms with their accounts and brokers with their clients. Abusers are drawn from the
 * same people who trade honestly, so that an alert on them at any other time is a false one.
 */
import type { Rng } from '#kit/rng.ts';
import type { Side } from '#trading/terms.ts';
import type { Trader, World } from './world.ts';

const RETAIL_CLIENTS = 2000;
/** Share of a client's orders against what it does otherwise in an instrument on a day. */
const CHANGE_OF_MIND_SHARE = 0.02;
const RETAIL_BROKERS = 4;
const FIRMS = 24;
const BANKS = 12;
const FUNDS = 16;

export interface Bank {
  readonly desk: Trader;
  readonly otherDesk: Trader;
  readonly clients: readonly Trader[];
}

export interface Cast {
  readonly makers: readonly Trader[];
  readonly hedger: Trader;
  readonly momentum: readonly Trader[];
  readonly funds: readonly Trader[];
  readonly banks: readonly Bank[];
  /** A client, through one of the brokers that know it. */
  client(rng: Rng): Trader;
  /** A client that buys (or sells) this instrument today: investors seldom do both within minutes. */
  clientOn(side: Side, instrument: number): Trader;
  /** The same person or firm through several accounts. */
  split(trader: Trader): readonly Trader[];
  /** Firms that trade on their own account, the last third of them rarely. */
  readonly firms: readonly Trader[];
  /** Somebody who may turn out to be an abuser: a client or a firm that trades on its own account. */
  suspect(rng: Rng): Trader;
}

/** Opens all accounts in the market. */
export function makeCast(world: World): Cast {
  const makers = [1, 2, 3].map((account) => own(account, account));
  const hedger = own(4, 4);
  const momentum = [5, 6].map((account) => own(account, account));
  const funds = Array.from({ length: FUNDS }, (_, fund) => ({ account: 10, participant: 10, client: 9000 + fund }));
  const banks = Array.from({ length: BANKS }, (_, bank): Bank => {
    const participant = 40 + bank;
    const account = 100 + bank * 3;
    const clients = Array.from({ length: 8 }, (_, client) => ({
      account: account + 2,
      participant,
      client: 3000 + bank * 8 + client,
    }));
    return { desk: own(account, participant), otherDesk: own(account + 1, participant), clients };
  });
  const accounts = new Map<number, number>();
  for (const { account, participant } of [...makers, hedger, ...momentum, ...funds]) accounts.set(account, participant);
  for (const { desk, otherDesk, clients } of banks) {
    for (const { account, participant } of [desk, otherDesk, ...clients]) accounts.set(account, participant);
  }
  for (let broker = 0; broker < RETAIL_BROKERS; broker++) accounts.set(20 + broker, 20 + broker);
  for (let firm = 0; firm < FIRMS; firm++) {
    accounts.set(200 + firm * 2, 60 + firm);
    accounts.set(201 + firm * 2, 60 + firm);
  }
  for (const [account, participant] of accounts) world.addAccount(account, participant);
  const client = (rng: Rng): Trader => {
    const code = 1000 + rng.int(RETAIL_CLIENTS);
    const broker = 20 + (code % RETAIL_BROKERS);
    return { account: broker, participant: broker, client: code };
  };
  const firms = Array.from({ length: FIRMS }, (_, firm) => own(200 + firm * 2, 60 + firm));
  return {
    firms,
    makers,
    hedger,
    momentum,
    funds,
    banks,
    client,
    clientOn(side, instrument) {
      const { rng } = world;
      const wanted = rng.float() < CHANGE_OF_MIND_SHARE ? side ^ 1 : side;
      for (;;) {
        const found = client(rng);
        const mixed = Math.imul(found.client * 64 + instrument, 0x9e3779b1) ^ Math.imul(world.day, 0x85ebca6b);
        if (((mixed >>> 15) & 1) === wanted) return found;
      }
    },
    split(trader) {
      if (trader.client === 0)
        return [own(trader.account & ~1, trader.participant), own(trader.account | 1, trader.participant)];
      return [0, 1, 2].map((other) => {
        const broker = 20 + ((trader.client + other) % RETAIL_BROKERS);
        return { account: broker, participant: broker, client: trader.client };
      });
    },
    suspect(rng) {
      return rng.float() < 0.5 ? client(rng) : firms[rng.int(FIRMS)];
    },
  };
}

function own(account: number, participant: number): Trader {
  return { account, participant, client: 0 };
}
