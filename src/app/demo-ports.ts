/** Order-entry clients as the ports of the demo, the seeding and the market driver. Sends nothing of its own. */
import type { AdministratorPort, OrderPort } from './demo/ports.ts';

/** What is needed of an order-entry client. */
export interface CommandClient {
  readonly isLive: boolean;
  /** Takes the command at `at`; returns its number, or 0 when too much is unanswered. */
  submit(words: Int32Array, at: number): number;
}

/** The traders' sessions by number. A session without a client, or one that is not connected, takes nothing. */
export function orderPortOf(clients: ReadonlyMap<number, CommandClient>): OrderPort {
  return {
    send(session, words) {
      const client = clients.get(session);
      return client !== undefined && submitLive(client, words);
    },
  };
}

/** The platform's session. */
export function administratorPortOf(client: CommandClient): AdministratorPort {
  return { send: (words) => submitLive(client, words) };
}

/** While a client is not live it would keep what it is given for later; orders that come late are worse than none. */
function submitLive(client: CommandClient, words: Int32Array): boolean {
  return client.isLive && client.submit(words, 0) !== 0;
}
