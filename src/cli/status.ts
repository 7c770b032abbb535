/** `nautilus status`: whether a platform runs and how it is, in a few lines. */
import type { JournalStatus, PlatformStatus, ReplayStatus } from '#api/schemas/operations.ts';
import { momentText, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const PERCENT = 100;

/** Throws as `withApi` does: CLI_NOT_RUNNING is the answer for a platform that is stopped. */
export async function platformStatus(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask, url) => {
    const status = await ask<PlatformStatus>('/trading/status');
    const journal = await ask<JournalStatus>('/trading/journal');
    const market = await ask<ReplayStatus>('/trading/replay');
    const { node } = status;
    const durable = journal.durableSequence === null ? '' : `, durable to ${journal.durableSequence}`;
    return {
      json: { url, status, journal, market },
      lines: [
        `Nautilus ${status.version} at ${url}, since ${momentText(status.startedMicros)}`,
        `Node      ${node.state}${node.pid === null ? '' : `, process ${node.pid}`}, order entry ${node.orderEntryAddress ?? '—'}`,
        ...(node.detail === null ? [] : [`          ${node.detail}`]),
        `Journal   sequence ${journal.lastSequence}${durable}, epoch ${journal.epoch}, ${journal.segments} segments`,
        `Trading   day ${status.tradingDay ?? '—'}, ${status.instruments} instruments, ${status.accounts} accounts, ${status.liveOrders} live orders`,
        `Market    ${marketText(market)}`,
      ],
    };
  });
}

function marketText({ label, state, speed, sent, progress }: ReplayStatus): string {
  const share = progress === null ? '' : `, ${Math.floor(progress * PERCENT)} %`;
  return `${label ?? 'none'}: ${state}, speed ${speed}, ${sent} commands sent${share}`;
}
