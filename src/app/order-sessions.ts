/** The simulation's order-entry sessions: one client each, behind the port that simulated traders send through. */
import { OrderEntryClient } from '#edge/client.ts';
import type { Endpoint } from '#edge/client-socket.ts';
import type { Clock } from '#kit/clock.ts';
import type { OrderPort } from './demo/ports.ts';
import type { OwnSession } from './session-keys.ts';

export class OrderSessions implements OrderPort {
  /** By the number that the configuration knows a session by. */
  private readonly clients = new Map<number, OrderEntryClient>();

  constructor(sessions: ReadonlyMap<number, OwnSession>, endpoints: readonly Endpoint[], clock: Clock) {
    for (const [number, { session, privateKey }] of sessions) {
      this.clients.set(number, new OrderEntryClient({ endpoints, session, privateKey, clock, skipReplay: true }));
    }
  }

  async connect(): Promise<void> {
    await Promise.all([...this.clients.values()].map(async (client) => client.connect()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients.values()].map(async (client) => client.close()));
  }

  send(session: number, words: Int32Array): boolean {
    const client = this.clients.get(session);
    return client !== undefined && client.isLive && client.submit(words, 0) !== 0;
  }
}
