/** The commands of administrators as they are on the wire, described for people. */
import * as commands from '#trading/commands.ts';
import { CommandKind } from '#trading/commands.ts';
import { frameBytes } from './command-layouts.ts';
import { commandFields } from './layout.ts';
import type { FieldLayout, MessageLayout } from './layout.ts';

const ACCOUNT = ['i32', 'Account index.'] as const;
const INSTRUMENT = ['i32', 'Instrument index.'] as const;
const RESERVED = ['i32', '0'] as const;
const TRADE = ['u64', 'Trade number.'] as const;

function command(type: CommandKind, words: number, text: string, fields: readonly FieldLayout[]): MessageLayout {
  const name =
    (Object.keys(CommandKind) as (keyof typeof CommandKind)[]).find((key) => CommandKind[key] === type) ?? '';
  return { type, name, from: 'administrator', counted: true, text, byteLength: frameBytes(words), fields };
}

const limits = commandFields(commands.RiskLimits, {
  account: ACCOUNT,
  maxOrderQuantity: ['i32', 'Lots; 0 switches a limit off, here and below.'],
  maxOrderValueLow: ['i64', 'Money units.'],
  maxOrderValueHigh: 'high',
  maxOpenNotionalLow: ['i64', 'Highest value of all open orders, money units.'],
  maxOpenNotionalHigh: 'high',
  maxLong: ['i32', 'Lots.'],
  maxShort: ['i32', 'Lots.'],
  ordersPerSecond: ['i32', 'New orders in a UTC second.'],
  messagesPerSecond: ['i32', 'Messages in a UTC second.'],
  duplicateWindowMicros: ['i32', 'An equal order within this time is refused.'],
  flags: ['u32', 'bit 0: buying power is enforced.'],
});

const instrument = commandFields(commands.InstrumentCommand, {
  instrument: INSTRUMENT,
  symbol: ['bytes16', 'ASCII, zero padded.'],
  flags: ['u32', 'bit 0 listed; bit 1 short sales need a locate; bit 2 pro-rata allocation.'],
  tickTable: ['i32', 'Tick table.'],
  moneyPerTick: ['i32', 'Money units one lot gains when the price rises by one tick.'],
  referenceTicks: ['i32', 'Reference price.'],
  lotSize: ['i32', 'Quantities are multiples of it.'],
  maxOrderQuantity: ['i32', 'Lots; 0 for none.'],
  collarBasisPoints: [
    'i32',
    'Hundredths of a percent either side of the reference; 0 switches it off. So with both bands.',
  ],
  staticBandBasisPoints: ['i32', 'Band around the static reference.'],
  dynamicBandBasisPoints: ['i32', 'Band around the last price.'],
  volatilityAuctionMillis: ['i32', 'Length of a volatility auction; 0 for none.'],
  priceBaseTicks: ['i32', 'Added to prices when they are valued; may be negative.'],
  currency: ['bytes4', 'ISO 4217, zero padded.'],
  minTicks: ['i32', 'Lowest price.'],
  maxTicks: ['i32', 'Highest price.'],
  tickMantissa: ['i32', 'A tick is tickMantissa × 10^tickExponent.'],
  tickExponent: ['i32', 'See above.'],
  reserved: RESERVED,
});

export const ADMINISTRATION_LAYOUTS: readonly MessageLayout[] = [
  command(
    CommandKind.marketState,
    commands.MARKET_STATE_WORDS,
    'Changes the market state.',
    commandFields(commands.MarketStateCommand, {
      instrument: ['i32', 'Instrument index, or -1 for all listed ones.'],
      state: [
        'i32',
        '0 closed, 1 pre-open, 2 opening auction, 3 continuous, 4 volatility auction, 5 halt, 6 closing auction.',
      ],
    }),
  ),
  command(
    CommandKind.killSwitch,
    commands.KILL_SWITCH_WORDS,
    'Blocks new orders and cancels resting ones, or lifts the block.',
    commandFields(commands.KillSwitch, {
      scope: ['i32', '1 participant, 2 account, 3 instrument.'],
      id: ['i32', 'Index of it.'],
      engage: ['i32', '1 blocks, 0 lifts.'],
      reserved: RESERVED,
    }),
  ),
  command(CommandKind.instrument, commands.INSTRUMENT_WORDS, 'Creates or changes an instrument.', instrument),
  command(
    CommandKind.account,
    commands.ACCOUNT_WORDS,
    'Creates or changes an account.',
    commandFields(commands.AccountCommand, {
      account: ACCOUNT,
      participant: ['i32', 'Participant it belongs to, for ever.'],
      selfTradeScope: ['i32', 'Self-trade prevention by account (0) or participant (1).'],
      makerRate: ['i32', 'Fee in millionths of the value; a rebate is negative.'],
      takerRate: ['i32', 'The same for taking liquidity.'],
      flags: ['u32', 'bit 0: enabled.'],
      name: ['bytes16', 'ASCII, zero padded.'],
    }),
  ),
  command(CommandKind.riskLimits, commands.RISK_LIMITS_WORDS, 'Sets the pre-trade limits of an account.', limits),
  command(
    CommandKind.restriction,
    commands.RESTRICTION_WORDS,
    'Restricts an instrument, or lifts the restriction.',
    commandFields(commands.Restriction, {
      account: ['i32', 'Account index, or -1 for every account.'],
      instrument: INSTRUMENT,
      restricted: ['i32', '1 or 0.'],
      reserved: RESERVED,
    }),
  ),
  command(
    CommandKind.funds,
    commands.FUNDS_WORDS,
    'Pays cash in or out.',
    commandFields(commands.Funds, {
      account: ACCOUNT,
      reserved: RESERVED,
      amountLow: ['i64', 'Money units; negative pays out.'],
      amountHigh: 'high',
    }),
  ),
  command(
    CommandKind.locate,
    commands.LOCATE_WORDS,
    'Shares located for short sales.',
    commandFields(commands.Locate, {
      account: ACCOUNT,
      instrument: INSTRUMENT,
      locateId: ['i32', "The locate's number."],
      quantity: ['i32', 'Lots.'],
    }),
  ),
  command(
    CommandKind.tradeCancel,
    commands.TRADE_CANCEL_WORDS,
    'Cancels a trade of the day.',
    commandFields(commands.TradeCancel, { tradeIdLow: TRADE, tradeIdHigh: 'high' }),
  ),
  command(
    CommandKind.tradeCorrect,
    commands.TRADE_CORRECT_WORDS,
    'Corrects a trade of the day.',
    commandFields(commands.TradeCorrect, {
      tradeIdLow: TRADE,
      tradeIdHigh: 'high',
      priceTicks: ['i32', 'The right price.'],
      quantity: ['i32', 'The right quantity, not higher.'],
    }),
  ),
  command(
    CommandKind.dayRoll,
    commands.DAY_ROLL_WORDS,
    'Begins a trading day; every instrument must be closed.',
    commandFields(commands.DayRoll, { tradingDay: ['i32', 'yyyymmdd'], reserved: RESERVED }),
  ),
  command(
    CommandKind.tickTable,
    commands.TickTable.bands,
    'Sets a tick table: `count` pairs (i32) of a first tick and the price step from there on follow, at most 16.',
    commandFields(commands.TickTable, {
      table: ['i32', 'Number of the table.'],
      count: ['i32', 'Bands.'],
      bands: ['rest', 'The bands.'],
    }),
  ),
  command(
    CommandKind.marketMakerProtection,
    commands.PROTECTION_WORDS,
    "Sets or resets an account's market-maker protection.",
    commandFields(commands.Protection, {
      account: ACCOUNT,
      windowMicros: ['i32', 'Length of the window.'],
      maxQuantity: ['i32', 'Lots of quotes within the window that trip it; 0 switches it off.'],
      maxExecutions: ['i32', 'Executions that trip it; 0 switches it off.'],
      reset: ['i32', '1 lets quotes in again.'],
      reserved: RESERVED,
    }),
  ),
  command(
    CommandKind.corporateAction,
    commands.CORPORATE_ACTION_WORDS,
    'A split or a cash dividend; the instrument must be closed.',
    commandFields(commands.CorporateAction, {
      instrument: INSTRUMENT,
      kind: ['i32', '1 split, 2 cash dividend.'],
      numerator: ['i32', 'Split: new lots …'],
      denominator: ['i32', '… for old ones.'],
      amountLow: ['i64', 'Dividend: money units per lot held.'],
      amountHigh: 'high',
    }),
  ),
  command(
    CommandKind.semantics,
    commands.SEMANTICS_WORDS,
    'Switches the engine to a later version of its behaviour; the node refuses what it does not know.',
    commandFields(commands.Semantics, { version: ['i32', 'Version.'], reserved: RESERVED }),
  ),
];
