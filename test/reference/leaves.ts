/**
 * Price leaves: runs of 32 prices of one ladder (an instrument's bids, asks, waiting buy stops or sell stops) that
 * hold at least one order. Their number is a capacity.
 */
import { Code } from '#trading/codes.ts';
import { OrderType, TimeInForce } from '#trading/terms.ts';
import type { Order, World } from './world.ts';
import { isStop } from './world.ts';

/** The leaf an order would lie in when it rests, or undefined where it needs none. */
function leafOf(order: Order): string | undefined {
  if (isStop(order.type)) return `${order.instrument}/${order.side}/stop/${order.stop >> 5}`;
  if (order.tif === TimeInForce.ioc || order.tif === TimeInForce.fok) return undefined;
  if (order.type === OrderType.limit) return `${order.instrument}/${order.side}/book/${order.price >> 5}`;
  return undefined;
}

/** Leaves that hold an order now. */
function leavesInUse(world: World): Set<string> {
  const used = new Set<string>();
  for (const order of world.orders) {
    if (order.place !== 'book' && order.place !== 'stop') continue;
    used.add(leafOf(order)!);
  }
  return used;
}

/** Refuses orders that ask for a leaf when they are entered and could not all be given one. */
export function levelRefusal(world: World, orders: readonly Order[]): number {
  const used = leavesInUse(world);
  for (const order of orders) {
    const leaf = order.tif === TimeInForce.atClose ? undefined : leafOf(order);
    if (leaf !== undefined) used.add(leaf);
  }
  return used.size > world.capacity.priceLeaves ? Code.levelCapacity : Code.ok;
}

/** Whether an order that already lives may rest where it wants to. */
export function hasLeaf(world: World, order: Order): boolean {
  const used = leavesInUse(world);
  const leaf = leafOf(order);
  return leaf === undefined || used.has(leaf) || used.size < world.capacity.priceLeaves;
}
