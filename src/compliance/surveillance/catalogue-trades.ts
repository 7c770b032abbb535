/** Scenarios about trades that move a price, or are none. Rules cited, parameters with units; the code is in detectors/. */
import { MAR_ANNEX, UK_MAR, parameter } from './catalogue-orders.ts';
import type { Citation, Scenario } from './scenario.ts';

const FINRA_6140: Citation = { rule: 'FINRA 6140', jurisdiction: 'US', verified: false, effectiveFrom: '2007-12-15' };
const FINRA_5210_02: Citation = {
  rule: 'FINRA 5210.02',
  jurisdiction: 'US',
  verified: true,
  effectiveFrom: '2014-08-25',
};
const MARKET_ACCESS: Citation = {
  rule: 'SEC 15c3-5(c)(1)(ii)',
  jurisdiction: 'US',
  verified: true,
  effectiveFrom: '2011-07-14',
};

const SHARE = [0, 1] as const;
const SECONDS = [0.1, 86_400] as const;
const COUNT = [1, 1_000_000] as const;
const MULTIPLE = [0, 10_000] as const;

function pressure(windowSeconds: number, orders: number, share: number, moves: number): Scenario['parameters'] {
  return {
    windowSeconds: parameter(windowSeconds, 'seconds', 'How long before the judgement taking counts', SECONDS),
    orders: parameter(orders, 'orders', 'Least number of orders that took', COUNT),
    share: parameter(share, 'share', 'Of everything that was taken on that side', SHARE),
    oppositeShare: parameter(0.25, 'share', 'Most that the actor took on the other side, against this one', SHARE),
    usualMoves: parameter(
      moves,
      'usual moves',
      'How far the price went, against its usual movement in that time',
      MULTIPLE,
    ),
    usualOrders: parameter(5, 'usual orders', 'Least lots taken', MULTIPLE),
  };
}

export const TRADE_SCENARIOS: readonly Scenario[] = [
  {
    id: 'wash-trades',
    name: 'Wash trades',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR, FINRA_6140],
    about: 'Trades in which nothing changes hands: one beneficial owner is on both sides.',
    looksAt: 'Trades whose two orders carry the same client code, or one account, entered about the same time.',
    kind: 'recognised',
    parameters: {
      gapSeconds: parameter(2, 'seconds', 'Between the entries of the two orders', SECONDS),
      trades: parameter(2, 'trades', 'How many, before it is no accident', COUNT),
      windowSeconds: parameter(120, 'seconds', 'Within which time', SECONDS),
      usualOrders: parameter(0.3, 'usual orders', 'Least size of each', MULTIPLE),
    },
    mergeSeconds: 300,
  },
  {
    id: 'self-trades',
    name: 'Self-trade pattern of related accounts',
    severity: 'medium',
    citations: [FINRA_5210_02],
    about: 'Algorithms or desks of one firm trade with each other again and again.',
    looksAt: 'Trades between different accounts of one firm, without a client’s code.',
    kind: 'recognised',
    parameters: {
      trades: parameter(3, 'trades', 'How many, before it is a pattern', COUNT),
      windowSeconds: parameter(180, 'seconds', 'Within which time', SECONDS),
      usualOrders: parameter(0.1, 'usual orders', 'Least size of each', MULTIPLE),
    },
    mergeSeconds: 300,
  },
  {
    id: 'prearranged-trades',
    name: 'Pre-arranged trades',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR, FINRA_6140],
    about: 'Two who agreed before meet in the market as if by chance: same size, same moment, again and again.',
    looksAt: 'Trades that fill two orders entered together nearly whole, and how much the two trade with anybody else.',
    kind: 'recognised',
    parameters: {
      gapSeconds: parameter(1, 'seconds', 'Between the entries of the two orders', SECONDS),
      filledShare: parameter(0.8, 'share', 'Of the larger order that the trade fills', SHARE),
      trades: parameter(3, 'trades', 'How many', COUNT),
      windowSeconds: parameter(180, 'seconds', 'Within which time', SECONDS),
      mutualShare: parameter(0.2, 'share', 'Of both actors’ trades in that time that were with each other', SHARE),
      usualOrders: parameter(0.3, 'usual orders', 'Least size of each', MULTIPLE),
    },
    mergeSeconds: 300,
  },
  {
    id: 'momentum-ignition',
    name: 'Momentum ignition',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'A burst of taking starts a movement, and its author closes into those who follow.',
    looksAt: 'Runs of taking orders of one actor, the movement they made, and what it does on the other side after.',
    kind: 'recognised',
    parameters: {
      orders: parameter(4, 'orders', 'Least orders of the burst', COUNT),
      gapSeconds: parameter(3, 'seconds', 'Longest pause within it', SECONDS),
      share: parameter(0.4, 'share', 'Of everything taken on that side meanwhile', SHARE),
      usualMoves: parameter(
        1.6,
        'usual moves',
        'How far the price went, against its usual movement in that time',
        MULTIPLE,
      ),
      passiveShare: parameter(
        0.5,
        'share',
        'Most waiting orders entered meanwhile, against those that took: a market maker has more',
        [0, 100],
      ),
      exitSeconds: parameter(45, 'seconds', 'How soon it turns round', SECONDS),
      exitShare: parameter(0.2, 'share', 'Of the burst that is closed', SHARE),
    },
    mergeSeconds: 60,
  },
  {
    id: 'cross-product',
    name: 'Cross-product manipulation',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'One product is pushed for the sake of a larger trade the other way in a product that follows it.',
    looksAt: 'Bursts as above, and the same actor’s trades in linked instruments about that time.',
    kind: 'recognised',
    parameters: {
      orders: parameter(4, 'orders', 'Least orders of the burst', COUNT),
      share: parameter(0.4, 'share', 'Of everything taken on that side meanwhile', SHARE),
      usualMoves: parameter(1.5, 'usual moves', 'How far the pushed price went', MULTIPLE),
      aroundSeconds: parameter(15, 'seconds', 'Before and after the burst', SECONDS),
      ratio: parameter(1.25, 'ratio', 'Lots in the linked product against lots of the burst', MULTIPLE),
    },
    mergeSeconds: 120,
  },
  {
    id: 'ramping',
    name: 'Ramping',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'One actor carries a price up or down step by step.',
    looksAt: 'Taking by each actor over minutes: its share, the new prices it made, how far the price went.',
    kind: 'recognised',
    parameters: {
      ...pressure(60, 6, 0.3, 1.5),
      everySeconds: parameter(5, 'seconds', 'How often it is looked at', SECONDS),
      advances: parameter(4, 'trades', 'Trades that made a new price', COUNT),
    },
    mergeSeconds: 120,
  },
  {
    id: 'marking-the-close',
    name: 'Marking the close',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR, FINRA_6140],
    about: 'Trading at the end of the session to make the price it ends at.',
    looksAt: 'Taking by each actor in the last moments of continuous trading, and how far the price went.',
    kind: 'recognised',
    parameters: pressure(35, 3, 0.3, 0.7),
    mergeSeconds: 300,
  },
  {
    id: 'marking-the-open',
    name: 'Marking the open',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'Trading at the beginning of the session to make the price it begins with.',
    looksAt: 'Taking by each actor in the first moments of continuous trading, and how far the price went.',
    kind: 'recognised',
    parameters: pressure(25, 3, 0.35, 0.9),
    mergeSeconds: 300,
  },
  {
    id: 'squeeze',
    name: 'Abusive squeeze indicator',
    severity: 'medium',
    citations: [MAR_ANNEX, UK_MAR],
    about:
      'A dominant long position and dominant buying while the price rises: others may be forced to buy from its holder.',
    looksAt: 'Positions of all actors in an instrument, the largest one’s share of buying, the price.',
    kind: 'recognised',
    parameters: {
      windowSeconds: parameter(120, 'seconds', 'Over which buying and price are looked at', SECONDS),
      everySeconds: parameter(15, 'seconds', 'How often it is looked at', SECONDS),
      longShare: parameter(0.08, 'share', 'Of all long positions', SHARE),
      buyShare: parameter(0.3, 'share', 'Of everything bought by taking', SHARE),
      usualMoves: parameter(1.8, 'usual moves', 'How far the price went up', MULTIPLE),
      usualOrders: parameter(40, 'usual orders', 'Least position', MULTIPLE),
    },
    mergeSeconds: 600,
  },
  {
    id: 'unusual-volume',
    name: 'Unusual volume',
    severity: 'low',
    citations: [MAR_ANNEX, { rule: 'RTS 6 art. 13', jurisdiction: 'EU', verified: true, effectiveFrom: '2018-01-03' }],
    about: 'An actor trades far more than it usually does, and than the market usually does.',
    looksAt: 'Executed lots of each actor in a window, against its own windows and the instrument’s.',
    kind: 'recognised',
    parameters: {
      windowSeconds: parameter(60, 'seconds', 'The window', SECONDS),
      usualOrders: parameter(30, 'usual orders', 'Least lots', MULTIPLE),
      ownRatio: parameter(8, 'ratio', 'Against the actor’s own usual', MULTIPLE),
      share: parameter(0.12, 'share', 'Against the instrument’s usual volume in a window', [0, 100]),
      windowsKnown: parameter(3, 'windows', 'Windows before an actor’s own usual is believed', COUNT),
    },
    mergeSeconds: 120,
  },
  {
    id: 'unusual-price',
    name: 'Unusual price',
    severity: 'medium',
    citations: [MAR_ANNEX],
    about: 'One actor trades far from where the market was a second before.',
    looksAt: 'Each trade’s distance from the last middle, and who took in that second.',
    kind: 'recognised',
    parameters: {
      usualMoves: parameter(8, 'usual moves', 'Distance against the usual movement in a second', MULTIPLE),
      share: parameter(0.6, 'share', 'Of what was taken in that second', SHARE),
    },
    mergeSeconds: 60,
  },
  {
    id: 'fat-finger',
    name: 'Erroneous order',
    severity: 'low',
    citations: [
      MARKET_ACCESS,
      { rule: 'RTS 6 art. 15', jurisdiction: 'EU', verified: true, effectiveFrom: '2018-01-03' },
    ],
    about:
      'A slip: a limit far through the market, a quantity with a digit too many, an order that the limits refused.',
    looksAt: 'Each order against the book and the usual size; what is taken back at once; refusals.',
    kind: 'recognised',
    parameters: {
      throughBasisPoints: parameter(500, 'basis points', 'How far a limit is through the best price', MULTIPLE),
      usualOrders: parameter(50, 'usual orders', 'Size of an order that is taken back', MULTIPLE),
      takenBackSeconds: parameter(12, 'seconds', 'How soon, by a cancel or because it was executed', SECONDS),
    },
    mergeSeconds: 30,
  },
  {
    id: 'best-execution',
    name: 'Best-execution outlier',
    severity: 'medium',
    citations: [
      { rule: 'FINRA 5310 and .09', jurisdiction: 'US', verified: false, effectiveFrom: '2012-05-31' },
      { rule: 'MiFID II art. 27', jurisdiction: 'EU', verified: false, effectiveFrom: '2018-01-03' },
    ],
    about: 'A client’s order was executed far from the price there was when it came, in a market that was calm.',
    looksAt: 'Average price of each client order that took, against the best price on arrival and the usual spread.',
    kind: 'recognised',
    parameters: {
      spreads: parameter(2.2, 'usual spreads', 'Cost against the usual spread', MULTIPLE),
      basisPoints: parameter(4, 'basis points', 'Least cost', MULTIPLE),
      calmMoves: parameter(4, 'usual moves', 'How far the market may have moved before', MULTIPLE),
    },
    mergeSeconds: 30,
  },
];
