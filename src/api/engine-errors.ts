/**
 * The engine's and the gateway's codes as entries of the error catalogue, `ENGINE_…` and `SESSION_…`, each with the
 * HTTP status that fits its class. The numbers stay the wire's own.
 */
import { defineErrors, type ErrorKind } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { Code, describeCode } from '#trading/codes.ts';
import { describeSessionCode, SessionCode } from '#wire/order-entry/codes.ts';

const NOT_FOUND = 404;
const CONFLICT = 409;
const UNPROCESSABLE = 422;
const FORBIDDEN = 403;
const TOO_MANY = 429;

/** Codes whose class follows from what they say; every other one is 422. */
const STATUS: Readonly<Partial<Record<keyof typeof Code, number>>> = {
  unknownInstrument: NOT_FOUND,
  unknownAccount: NOT_FOUND,
  unknownParticipant: NOT_FOUND,
  unknownSession: NOT_FOUND,
  unknownOrder: NOT_FOUND,
  unknownTrade: NOT_FOUND,
  instrumentNotListed: CONFLICT,
  marketClosed: CONFLICT,
  marketHalted: CONFLICT,
  notInThisPhase: CONFLICT,
  accountDisabled: FORBIDDEN,
  participantKilled: FORBIDDEN,
  accountKilled: FORBIDDEN,
  instrumentKilled: FORBIDDEN,
  instrumentRestricted: FORBIDDEN,
  notYourOrder: FORBIDDEN,
  orderRate: TOO_MANY,
  messageRate: TOO_MANY,
  duplicateOrder: CONFLICT,
  orderCapacity: CONFLICT,
  dayOrderCapacity: CONFLICT,
  positionCapacity: CONFLICT,
  levelCapacity: CONFLICT,
  recentOrderCapacity: CONFLICT,
  accountCapacity: CONFLICT,
  instrumentCapacity: CONFLICT,
  timerCapacity: CONFLICT,
  tradeCapacity: CONFLICT,
  orderDone: CONFLICT,
  duplicateClOrdId: CONFLICT,
  amendBelowExecuted: CONFLICT,
  amendNotAllowed: CONFLICT,
  tradeAlreadyCanceled: CONFLICT,
  protectionActive: CONFLICT,
  badState: CONFLICT,
  alreadyExists: CONFLICT,
};

const SESSION_STATUS: Readonly<Partial<Record<keyof typeof SessionCode, number>>> = {
  throttled: TOO_MANY,
  accountNotAllowed: FORBIDDEN,
  roleNotAllowed: FORBIDDEN,
  participantNotAllowed: FORBIDDEN,
  storageUnavailable: 503,
};

/** `maxOrderValue` → `MAX_ORDER_VALUE`; a first capital cannot occur. */
function screaming(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

const HELP: Readonly<Record<number, string>> = {
  [NOT_FOUND]: 'Check the name or number; what exists is listed under /api/v1/trading.',
  [CONFLICT]: 'It does not fit the present state: read it and decide again.',
  [UNPROCESSABLE]: 'Correct the order; where a limit refused it, detail has limit, value and the amount in use.',
  [FORBIDDEN]: 'It is blocked on purpose. Ask risk control.',
  [TOO_MANY]: 'Wait a second and send fewer.',
  503: 'It goes away by itself when the cause does; watch the status page.',
};

interface Entry {
  readonly number: number;
  readonly kind: ErrorKind;
}

function declare(
  prefix: string,
  codes: Readonly<Record<string, number>>,
  statusOf: (name: string) => number,
  textOf: (code: number) => string,
): Entry[] {
  return Object.entries(codes).map(([name, number]) => {
    const code = `${prefix}_${screaming(name)}`;
    const httpStatus = statusOf(name);
    const declared = defineErrors({ [code]: { title: textOf(number), httpStatus, help: HELP[httpStatus] } });
    return { number, kind: declared[code] };
  });
}

const entries = [
  ...declare(
    'ENGINE',
    Code,
    (name) => STATUS[name as keyof typeof Code] ?? UNPROCESSABLE,
    (code) => describeCode(code).text,
  ),
  ...declare(
    'SESSION',
    SessionCode,
    (name) => SESSION_STATUS[name as keyof typeof SessionCode] ?? UNPROCESSABLE,
    (code) => describeSessionCode(code).text,
  ),
];
const byNumber = new Map(entries.map((entry) => [entry.number, entry.kind]));
const byCode = new Map(entries.map((entry) => [entry.kind.code, entry.number]));

/** The catalogue entry of a number that an event or a reject carries. */
export function engineError(number: number): ErrorKind {
  const kind = byNumber.get(number);
  invariant(kind !== undefined, 'api.unknown-engine-code', number);
  return kind;
}

/** Code and text of a number for people; null for 0. */
export function engineReason(number: number): { code: string; text: string } | null {
  if (number === Code.ok) return null;
  const { code, title } = engineError(number);
  return { code, text: title };
}

/** The number on the wire of a catalogue code; null for codes that are not the engine's or the gateway's. */
export function engineNumber(code: string): number | null {
  return byCode.get(code) ?? null;
}
