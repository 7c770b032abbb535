/** `nautilus trace ORDER`: where the time of one order went, as the stamps in the journal say, drawn on a time line. */
import type { z } from 'zod';
import type { Order, traceSchema } from '#api/schemas/orders.ts';
import type { Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

type OrderTrace = z.infer<typeof traceSchema>;

const LINE_COLUMNS = 32;
const NANOS_PER_MICRO = 1000;
const NUMBER_COLUMNS = 10;
const NAME_COLUMNS = 12;

/**
 * @param order an order's id `slot-generation`, or with `account` its ClOrdID
 * Throws CLI_NOT_FOUND for an order that is not known, or too old for its batch to be kept.
 */
export async function orderTrace(
  address: PlatformAddress,
  order: string,
  account: number | undefined,
): Promise<Result> {
  return withApi(address, async (ask) => {
    const id = encodeURIComponent(order);
    const orderId =
      account === undefined ? id : (await ask<Order>(`/trading/orders/by-client-id/${account}/${id}`)).orderId;
    const trace = await ask<OrderTrace>(`/trading/orders/${orderId}/trace`);
    return { json: trace, lines: waterfall(trace) };
  });
}

/** The stages as rows: name, begin, duration, and a bar where it lies in the whole. */
export function waterfall(trace: OrderTrace): string[] {
  const { stages, totalNanos, batch } = trace;
  const heading = [
    'stage'.padEnd(NAME_COLUMNS),
    'from µs'.padStart(NUMBER_COLUMNS),
    'took µs'.padStart(NUMBER_COLUMNS),
  ];
  const rows = stages.map(({ name, startNanos, durationNanos, help }) =>
    [
      name.padEnd(NAME_COLUMNS),
      microsText(startNanos),
      microsText(durationNanos),
      ` │${bar(startNanos, durationNanos, totalNanos)}│ `,
      help,
    ].join(''),
  );
  const others =
    batch.count === 1 ? 'alone in its batch' : `one of ${batch.count} in the batch from ${batch.firstSequence}`;
  return [
    `Order ${trace.orderId ?? '—'}, ClOrdID ${trace.clOrdId}: sequence ${trace.sequence} of epoch ${trace.epoch}, ${others}`,
    `Stamped ${new Date(trace.timeMicros / NANOS_PER_MICRO).toISOString()}`,
    '',
    heading.join(''),
    ...rows,
    `${'total'.padEnd(NAME_COLUMNS + NUMBER_COLUMNS)}${microsText(totalNanos)}`,
    ...(trace.complete ? [] : ['', 'The later stamps travel with the next batch, which is not written yet.']),
  ];
}

function microsText(nanos: number): string {
  return (nanos / NANOS_PER_MICRO).toFixed(1).padStart(NUMBER_COLUMNS);
}

function bar(startNanos: number, durationNanos: number, totalNanos: number): string {
  const scale = totalNanos === 0 ? 0 : LINE_COLUMNS / totalNanos;
  const from = Math.min(LINE_COLUMNS - 1, Math.floor(startNanos * scale));
  const columns = Math.max(1, Math.min(LINE_COLUMNS - from, Math.round(durationNanos * scale)));
  return `${' '.repeat(from)}${'█'.repeat(columns)}`.padEnd(LINE_COLUMNS);
}
