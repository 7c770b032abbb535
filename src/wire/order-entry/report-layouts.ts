/** The reports of the engine as they are on the wire, described for people. */
import * as events from '#trading/events.ts';
import { FrameType } from './frame.ts';
import { byteFields, eventFields } from './layout.ts';
import type { FieldLayout, MessageLayout } from './layout.ts';
import { EVENT_AT, Stamps } from './messages.ts';

const HEAD = ['u32', 'Kind of the event in bits 0–7, its length in words in bits 16–31.'] as const;
const SESSION = ['i32', 'Session the report goes to.'] as const;
const ANSWERS = ['u32', 'Sequence number of the command this answers; 0 where nobody asked.'] as const;

const stamps: readonly FieldLayout[] = byteFields(Stamps, {
  journalSequence: ['i64', 'Position of the command in the journal.'],
  timeMicros: ['i64', 'When the sequencer stamped the command, microseconds since 1970 UTC.'],
  receiveDelayNanos: ['u32', "From the socket's read to that stamp."],
  releaseDelayNanos: ['u32', 'From that stamp until the report was handed to the socket; 0 in a replay.'],
});

const execution = eventFields(events.Execution, {
  kindAndLength: HEAD,
  execType: [
    'u32',
    'FIX ExecType: 0 new, 4 cancelled, 5 replaced, 8 rejected, 12 expired, 13 restated, 15 trade, 16 trade corrected, 17 trade cancelled, 18 order status, 21 triggered; 30: the request was refused and the order lives on.',
  ],
  reason: ['u32', 'Engine code (src/trading/codes.ts): why it was refused, cancelled or expired; else 0.'],
  session: SESSION,
  account: ['i32', 'Account index.'],
  instrument: ['i32', 'Instrument index.'],
  orderSlot: ['i32', 'OrderID, first part; both parts are 0 for an order that never lived.'],
  orderGeneration: ['i32', 'OrderID, second part.'],
  clOrdIdLow: ['u64', 'ClOrdID; 0 for quotes and bracket exits.'],
  clOrdIdHigh: 'high',
  terms: ['u32', 'As in newOrder; bit 13 one side of a quote, bit 14 exit of a bracket.'],
  priceTicks: ['i32', 'Price in ticks.'],
  leavesQuantity: ['i32', 'LeavesQty, lots.'],
  cumQuantity: ['i32', 'CumQty, lots.'],
  lastQuantity: ['i32', 'LastQty of a trade, else 0.'],
  lastTicks: ['i32', 'LastPx of a trade, else 0.'],
  tradeIdLow: ['u64', 'Trade number, else 0.'],
  tradeIdHigh: 'high',
  clientSequence: ANSWERS,
  status: [
    'u32',
    'bits 0–7 FIX OrdStatus: 0 new, 1 partially filled, 2 filled, 4 cancelled, 8 rejected, 10 pending new (held), 12 expired; bits 8–9 LastLiquidityInd: 1 added, 2 removed, 3 auction.',
  ],
  limitLow: ['i64', 'Only in a refusal: the limit that was met.'],
  limitHigh: 'high',
  valueLow: ['i64', 'Only in a refusal: the value that met it.'],
  valueHigh: 'high',
  usedLow: ['i64', 'Only in a refusal: what was used of the limit before.'],
  usedHigh: 'high',
});

function bytesOf(words: number): number {
  return EVENT_AT + words * 4;
}

export const REPORT_LAYOUTS: readonly MessageLayout[] = [
  {
    type: FrameType.executionReport,
    name: 'executionReport',
    from: 'node',
    counted: true,
    text: 'Something happened to an order of the session (FIX ExecutionReport, or OrderCancelReject with execType 30). Refusals carry three more fields: their frame has 136 bytes, every other one 112.',
    byteLength: bytesOf(events.EXECUTION_REFUSED_WORDS),
    fields: [...stamps, ...execution],
  },
  {
    type: FrameType.accepted,
    name: 'accepted',
    from: 'node',
    counted: true,
    text: 'A command that is not about one order was carried out.',
    byteLength: bytesOf(events.ACCEPTED_WORDS),
    fields: [
      ...stamps,
      ...eventFields(events.Accepted, {
        kindAndLength: HEAD,
        commandKind: ['u32', 'Frame type of the command.'],
        session: SESSION,
        clientSequence: ANSWERS,
        subject: ['i32', 'What it concerned: instrument, account, table … as the command names it.'],
        count: ['i32', 'How many orders or entries it touched.'],
      }),
    ],
  },
  {
    type: FrameType.refused,
    name: 'refused',
    from: 'node',
    counted: true,
    text: 'A command that is not about one order was refused.',
    byteLength: bytesOf(events.REFUSED_WORDS),
    fields: [
      ...stamps,
      ...eventFields(events.Refused, {
        kindAndLength: HEAD,
        commandKind: ['u32', 'Frame type of the command.'],
        session: SESSION,
        clientSequence: ANSWERS,
        subject: ['i32', 'First word of its body.'],
        reason: ['u32', 'Engine code (src/trading/codes.ts).'],
        limitLow: ['i64', 'The limit that was met, where there is one.'],
        limitHigh: 'high',
        valueLow: ['i64', 'The value that met it.'],
        valueHigh: 'high',
        usedLow: ['i64', 'What was used of it before.'],
        usedHigh: 'high',
      }),
    ],
  },
  {
    type: FrameType.protection,
    name: 'protection',
    from: 'node',
    counted: true,
    text: 'Market-maker protection tripped: the quotes of the account are gone until it is reset.',
    byteLength: bytesOf(events.PROTECTION_EVENT_WORDS),
    fields: [
      ...stamps,
      ...eventFields(events.ProtectionEvent, {
        kindAndLength: HEAD,
        account: ['i32', 'Account index.'],
        session: SESSION,
        canceled: ['i32', 'Quotes that were cancelled.'],
        quantity: ['i32', 'Lots that traded within the window.'],
        executions: ['i32', 'Executions within the window.'],
      }),
    ],
  },
  {
    type: FrameType.orderStatus,
    name: 'orderStatus',
    from: 'node',
    counted: false,
    text: 'The state of one order, as asked: an execution report with execType 18 (FIX I). `clientSequence` repeats the request id; an order that is not known has status rejected and a reason. The stamps tell the last command the state includes.',
    byteLength: bytesOf(events.EXECUTION_WORDS),
    fields: [...stamps, ...execution.filter((field) => field.offset < bytesOf(events.EXECUTION_WORDS))],
  },
];
