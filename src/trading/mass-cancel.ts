/** Cancelling many orders at once: mass cancel, kill switch, delisting, corporate actions, protection. In order of slots. */
import { Code } from './codes.ts';
import { CommandKind, KillScope, KillSwitch, MassCancel } from './commands.ts';
import { ACCOUNT_SHIFT, Account } from './accounts.ts';
import { ExecType } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { finish } from './lifecycle.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { notes, s } from './state.ts';
import { TermFlag } from './terms.ts';

const ANY = -1;

/** Cancels live orders that meet every condition (-1 is open) and bear all of `flags`; how many. */
export function cancelWhere(
  session: number,
  account: number,
  participant: number,
  instrument: number,
  side: number,
  flags: number,
  reason: number,
): number {
  if (session !== ANY && s.sessionOrders[session] === 0) return 0;
  const orders = s.orders.words;
  const end = s.orders.highWater;
  let canceled = 0;
  for (let slot = 0; slot < end; slot++) {
    const at = slot << ORDER_SHIFT;
    if (orders[at + Order.place] === Place.free) continue;
    if (session !== ANY && orders[at + Order.session] !== session) continue;
    if (account !== ANY && orders[at + Order.account] !== account) continue;
    if (participant !== ANY && orders[at + Order.participant] !== participant) continue;
    if (instrument !== ANY && orders[at + Order.instrument] !== instrument) continue;
    if (side !== ANY && (orders[at + Order.terms] & 1) !== side) continue;
    if ((orders[at + Order.terms] & flags) !== flags) continue;
    finish(slot, ExecType.canceled, reason);
    canceled++;
  }
  return canceled;
}

export function massCancel(words: Int32Array, at: number): Code {
  const session = words[at + MassCancel.session];
  const account = words[at + MassCancel.account];
  const participant = words[at + MassCancel.participant];
  const instrument = words[at + MassCancel.instrument];
  const side = words[at + MassCancel.side];
  if (session < ANY || session >= s.capacity.sessions) return Code.unknownSession;
  if (account !== ANY && !s.accounts.exists(account)) return Code.unknownAccount;
  if (participant < ANY || participant >= s.capacity.participants) return Code.unknownParticipant;
  if (instrument !== ANY && !s.instruments.exists(instrument)) return Code.unknownInstrument;
  if (side < ANY || side > 1) return Code.badSide;
  const canceled = cancelWhere(session, account, participant, instrument, side, 0, words[at + MassCancel.reason]);
  s.output.accepted(CommandKind.massCancel, account, canceled);
  return Code.ok;
}

export function killSwitch(words: Int32Array, at: number): Code {
  const scope = words[at + KillSwitch.scope];
  const id = words[at + KillSwitch.id];
  const engage = words[at + KillSwitch.engage];
  if (engage !== 0 && engage !== 1) return Code.badParameter;
  let canceled = 0;
  notes.suppressBrackets = true;
  if (scope === KillScope.participant) {
    if (id < 0 || id >= s.capacity.participants) return Code.unknownParticipant;
    s.accounts.participantKilled[id] = engage;
    if (engage === 1) canceled = cancelWhere(ANY, ANY, id, ANY, ANY, 0, Code.canceledByKillSwitch);
  } else if (scope === KillScope.account) {
    if (!s.accounts.exists(id)) return Code.unknownAccount;
    s.accounts.money[(id << ACCOUNT_SHIFT) + Account.killed] = engage;
    if (engage === 1) canceled = cancelWhere(ANY, id, ANY, ANY, ANY, 0, Code.canceledByKillSwitch);
  } else if (scope === KillScope.instrument) {
    if (!s.instruments.exists(id)) return Code.unknownInstrument;
    s.instruments.words[(id << INSTRUMENT_SHIFT) + Instrument.killed] = engage;
    if (engage === 1) canceled = cancelWhere(ANY, ANY, ANY, id, ANY, 0, Code.canceledByKillSwitch);
  } else return Code.badParameter;
  s.output.accepted(CommandKind.killSwitch, id, canceled);
  return Code.ok;
}

/** Cancels the quotes of accounts whose protection tripped; whether there were any. */
export function withdrawTrippedQuotes(): boolean {
  if (notes.trippedCount === 0) return false;
  const accounts = s.tripped.subarray(0, notes.trippedCount).toSorted();
  notes.trippedCount = 0;
  const money = s.accounts.money;
  for (const account of accounts) {
    const at = account << ACCOUNT_SHIFT;
    money[at + Account.protectionTripped] = 2;
    const canceled = cancelWhere(ANY, account, ANY, ANY, ANY, TermFlag.quote, Code.protectionTripped);
    const quantity = money[at + Account.protectionQuantity];
    s.output.protection(
      account,
      money[at + Account.quoteSession],
      canceled,
      quantity > 0x7fffffff ? 0x7fffffff : quantity,
      money[at + Account.protectionExecutions],
    );
  }
  return true;
}
