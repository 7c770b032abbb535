/**
 * The door through which a logged-in session's commands reach the sequencer: sequence number, form, role, account and
 * rate are checked on the bytes, then the words are copied into the journal's batch once. Allocates nothing.
 * Decides nothing about orders: that is the engine's part.
 */
import {
  AMEND_ORDER_WORDS,
  CANCEL_ORDER_WORDS,
  CommandKind,
  HEADER_WORDS,
  Header,
  MASS_CANCEL_WORDS,
  MassCancel,
  MassQuote,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  QUOTE_ENTRIES_MAX,
  QUOTE_ENTRY_WORDS,
  TICK_BANDS_MAX,
  TickTable,
} from '#trading/commands.ts';
import * as commands from '#trading/commands.ts';
import { Code } from '#trading/codes.ts';
import { SEMANTICS_VERSION } from '#trading/capacity.ts';
import { MarkFlag, TermFlag } from '#trading/terms.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { ExtensionTag, hasExtension, isExtensionWellFormed } from '#wire/order-entry/extension.ts';
import { FRAME_HEADER_BYTES } from '#wire/order-entry/frame.ts';
import type { Sequencer } from './sequencer.ts';
import type { Throttle } from './throttle.ts';

/** A new order's words with its extension block, at most. */
const NEW_ORDER_WORDS_MAX = 128;
/** A time in the extension block. */
const TIME_BYTES = 8;

/** What the door needs to know of the session that knocks. */
export interface Entitlement {
  readonly session: number;
  readonly administrator: boolean;
  readonly throttle: Throttle;
  /** Whether it may act for the account. */
  mayUse(account: number): boolean;
}

/** Words of the kinds that have one length; 0 for kinds that have several or may not come from a session. */
const EXACT_WORDS = exactWords();

function exactWords(): Uint16Array {
  const words = new Uint16Array(64);
  words[CommandKind.amendOrder] = AMEND_ORDER_WORDS;
  words[CommandKind.cancelOrder] = CANCEL_ORDER_WORDS;
  words[CommandKind.massCancel] = MASS_CANCEL_WORDS;
  words[CommandKind.marketState] = commands.MARKET_STATE_WORDS;
  words[CommandKind.killSwitch] = commands.KILL_SWITCH_WORDS;
  words[CommandKind.instrument] = commands.INSTRUMENT_WORDS;
  words[CommandKind.account] = commands.ACCOUNT_WORDS;
  words[CommandKind.riskLimits] = commands.RISK_LIMITS_WORDS;
  words[CommandKind.restriction] = commands.RESTRICTION_WORDS;
  words[CommandKind.funds] = commands.FUNDS_WORDS;
  words[CommandKind.locate] = commands.LOCATE_WORDS;
  words[CommandKind.tradeCancel] = commands.TRADE_CANCEL_WORDS;
  words[CommandKind.tradeCorrect] = commands.TRADE_CORRECT_WORDS;
  words[CommandKind.dayRoll] = commands.DAY_ROLL_WORDS;
  words[CommandKind.marketMakerProtection] = commands.PROTECTION_WORDS;
  words[CommandKind.corporateAction] = commands.CORPORATE_ACTION_WORDS;
  words[CommandKind.semantics] = commands.SEMANTICS_WORDS;
  return words;
}

/** Byte in a frame of a command's word. */
function byteOf(at: number, word: number): number {
  return at + FRAME_HEADER_BYTES + ((word - HEADER_WORDS) << 2);
}

/** Whether a kind may be sent by any session, not by administrators alone. */
function isTraderKind(kind: number): boolean {
  return kind >= CommandKind.newOrder && kind <= CommandKind.massQuote;
}

/**
 * Whether a command's body has the length its kind and counts ask for: the engine then never reads past it. Semantics
 * that this program does not know are no command of its.
 */
export function isWellFormed(kind: number, view: DataView, at: number, byteLength: number): boolean {
  const words = HEADER_WORDS + ((byteLength - FRAME_HEADER_BYTES) >> 2);
  if (kind === CommandKind.newOrder) {
    if (words < NEW_ORDER_WORDS || words > NEW_ORDER_WORDS_MAX) return false;
    const fixedWords = fixedWordsOf(view, at);
    return (
      words >= fixedWords &&
      (words === fixedWords || isExtensionWellFormed(view, byteOf(at, fixedWords), at + byteLength))
    );
  }
  if (kind === CommandKind.massQuote) {
    if (words < MassQuote.entries) return false;
    const count = view.getInt32(byteOf(at, MassQuote.count), true);
    return count >= 0 && count <= QUOTE_ENTRIES_MAX && words === MassQuote.entries + count * QUOTE_ENTRY_WORDS;
  }
  if (kind === CommandKind.tickTable) {
    if (words < TickTable.bands) return false;
    const count = view.getInt32(byteOf(at, TickTable.count), true);
    return count >= 0 && count <= TICK_BANDS_MAX && words === TickTable.bands + count * 2;
  }
  if (kind >= EXACT_WORDS.length || EXACT_WORDS[kind] !== words || words === 0) return false;
  if (kind !== CommandKind.semantics) return true;
  return view.getInt32(byteOf(at, commands.Semantics.version), true) <= SEMANTICS_VERSION;
}

/** Words of a new order before its extension block. */
function fixedWordsOf(view: DataView, at: number): number {
  const terms = view.getInt32(byteOf(at, NewOrder.terms), true);
  return (terms & TermFlag.extras) === 0 ? NEW_ORDER_WORDS : NEW_ORDER_EXTRAS_WORDS;
}

/** Whether a new order was entered by hand and does not say when (CAT asks for both times). */
function lacksManualTimes(view: DataView, at: number, byteLength: number): boolean {
  if ((view.getInt32(byteOf(at, NewOrder.marks), true) & MarkFlag.manual) === 0) return false;
  const from = byteOf(at, fixedWordsOf(view, at));
  const end = at + byteLength;
  return (
    !hasExtension(view, from, end, ExtensionTag.manualReceiptMicros, TIME_BYTES) ||
    !hasExtension(view, from, end, ExtensionTag.electronicCaptureMicros, TIME_BYTES)
  );
}

/** Why the last refusal was made; limit, value and used as the reject carries them. */
export interface Refusal {
  limit: number;
  value: number;
  used: number;
}

export class CommandDoor {
  readonly refusal: Refusal = { limit: 0, value: 0, used: 0 };
  private readonly sequencer: Sequencer;

  constructor(sequencer: Sequencer) {
    this.sequencer = sequencer;
  }

  /**
   * Checks the command in the frame at `at` and submits it.
   * Returns 0, or the SessionCode it is refused with; then nothing happened but the count of the throttle.
   */
  enter(
    from: Entitlement,
    kind: number,
    sequence: number,
    view: DataView,
    at: number,
    byteLength: number,
    readNanos: number,
  ): number {
    if (!isTraderKind(kind) && !from.administrator) return SessionCode.roleNotAllowed;
    if (!isWellFormed(kind, view, at, byteLength)) return SessionCode.badCommand;
    if (kind !== CommandKind.massCancel) {
      if (!from.administrator && !from.mayUse(view.getInt32(byteOf(at, NewOrder.account), true))) {
        return SessionCode.accountNotAllowed;
      }
      if (kind === CommandKind.newOrder && lacksManualTimes(view, at, byteLength))
        return SessionCode.manualTimesMissing;
      if (kind !== CommandKind.cancelOrder && !this.withinRate(from.throttle, readNanos)) return SessionCode.throttled;
    } else if (!from.administrator) {
      const problem = checkMassCancel(from, view, at);
      if (problem !== 0) return problem;
    }
    return this.copyIn(from, kind, sequence, view, at, byteLength, readNanos);
  }

  private withinRate(throttle: Throttle, readNanos: number): boolean {
    if (throttle.take(readNanos)) return true;
    this.refusal.limit = throttle.perSecond;
    this.refusal.value = throttle.perSecond;
    this.refusal.used = throttle.waitMicros();
    return false;
  }

  private copyIn(
    from: Entitlement,
    kind: number,
    sequence: number,
    view: DataView,
    at: number,
    byteLength: number,
    readNanos: number,
  ): number {
    const bodyWords = (byteLength - FRAME_HEADER_BYTES) >> 2;
    const lengthWords = HEADER_WORDS + bodyWords;
    const sequencer = this.sequencer;
    const to = sequencer.reserve(lengthWords);
    if (to < 0) return SessionCode.storageUnavailable;
    const words = sequencer.words;
    words[to] = kind | (lengthWords << 16);
    words[to + Header.session] = from.session;
    words[to + Header.clientSequence] = sequence;
    for (let word = 0, byte = at + FRAME_HEADER_BYTES; word < bodyWords; word++, byte += 4) {
      words[to + HEADER_WORDS + word] = view.getInt32(byte, true);
    }
    if (kind === CommandKind.massCancel && !from.administrator) confineMassCancel(from, words, to);
    sequencer.submit(readNanos);
    return 0;
  }
}

/** A trader's mass cancel names an account it may use, or means its own orders. */
function checkMassCancel(from: Entitlement, view: DataView, at: number): number {
  if (view.getInt32(byteOf(at, MassCancel.participant), true) !== -1) return SessionCode.participantNotAllowed;
  const account = view.getInt32(byteOf(at, MassCancel.account), true);
  if (account !== -1 && !from.mayUse(account)) return SessionCode.accountNotAllowed;
  return 0;
}

function confineMassCancel(from: Entitlement, words: Int32Array, to: number): void {
  const named = words[to + MassCancel.account] !== -1;
  if (!named || words[to + MassCancel.session] !== -1) words[to + MassCancel.session] = from.session;
  words[to + MassCancel.reason] = Code.canceledByMassCancel;
}
