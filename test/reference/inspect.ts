/**
 * Money, positions and instruments of both engines in one plain shape, and what must hold between them.
 * Reads the real engine's records; never changes them.
 */
import { ACCOUNT_SHIFT, Account as AccountField, POSITION_SHIFT, Position } from '#trading/accounts.ts';
import type { Engine } from '#trading/engine.ts';
import { valueOf } from './money.ts';
import type { World } from './world.ts';

export interface AccountState {
  cash: number;
  reserved: number;
  openNotional: number;
}

export interface RowState {
  account: number;
  instrument: number;
  net: number;
  cost: number;
  realised: number;
  fees: number;
  openBuys: number;
  openSells: number;
  located: number;
  locateUsed: number;
}

export interface Holdings {
  accounts: Record<string, AccountState>;
  rows: RowState[];
}

export function holdingsOfReference(world: World): Holdings {
  const accounts: Record<string, AccountState> = {};
  for (const account of world.accounts) {
    if (account === undefined) continue;
    const { cash, reserved, openNotional } = account;
    accounts[String(account.index)] = { cash, reserved, openNotional };
  }
  const rows = world.rows.map(
    ({ account, instrument, net, cost, realised, fees, openBuys, openSells, located, locateUsed }) => ({
      account,
      instrument,
      net,
      cost,
      realised,
      fees,
      openBuys,
      openSells,
      located,
      locateUsed,
    }),
  );
  return { accounts, rows };
}

export function holdingsOfEngine(engine: Engine): Holdings {
  const stores = engine.view!.accounts;
  const accounts: Record<string, AccountState> = {};
  for (let index = 0; index < stores.capacity; index++) {
    if (!stores.exists(index)) continue;
    const field = (offset: number): number => stores.money[(index << ACCOUNT_SHIFT) + offset];
    accounts[String(index)] = {
      cash: field(AccountField.cash),
      reserved: field(AccountField.reserved),
      openNotional: field(AccountField.openNotional),
    };
  }
  const rows = Array.from({ length: stores.rowCount }, (_, row) => {
    const field = (offset: number): number => stores.rows[(row << POSITION_SHIFT) + offset];
    return {
      account: field(Position.account),
      instrument: field(Position.instrument),
      net: field(Position.net),
      cost: field(Position.cost),
      realised: field(Position.realised),
      fees: field(Position.fees),
      openBuys: field(Position.openBuys),
      openSells: field(Position.openSells),
      located: field(Position.located),
      locateUsed: field(Position.locateUsed),
    };
  });
  return { accounts, rows };
}

/** Checks that every sum the reference keeps is the sum over its open orders; returns what is wrong. */
export function openSumsFault(world: World): string | undefined {
  for (const account of world.accounts) {
    if (account === undefined) continue;
    const orders = world.orders.filter((order) => order.account === account.index);
    const value = (side: number): number =>
      orders
        .filter((order) => order.side === side)
        .reduce((sum, order) => sum + valueOf(world.instruments[order.instrument], order.riskPrice, order.leaves)!, 0);
    if (account.openNotional !== value(0) + value(1)) return `open notional of account ${account.index}`;
    if (account.reserved !== value(0)) return `reserved cash of account ${account.index}`;
  }
  for (const row of world.rows) {
    const lots = (side: number): number =>
      world.orders
        .filter((order) => order.account === row.account && order.instrument === row.instrument && order.side === side)
        .reduce((sum, order) => sum + order.leaves, 0);
    if (row.openBuys !== lots(0) || row.openSells !== lots(1)) {
      return `open lots of account ${row.account} in instrument ${row.instrument}`;
    }
  }
  return undefined;
}
