/** Scenarios about orders that are there to be seen. Rules cited, parameters with units; the code is in detectors/. */
import type { Citation, Scenario, ScenarioParameter } from './scenario.ts';

export const MAR_ANNEX: Citation = {
  rule: 'MAR art. 12, Annex I; 2016/522 Annex II',
  jurisdiction: 'EU',
  verified: true,
  effectiveFrom: '2016-07-03',
};
export const UK_MAR: Citation = {
  rule: 'UK MAR art. 12',
  jurisdiction: 'UK',
  verified: false,
  effectiveFrom: '2020-12-31',
};
const FINRA_5210_03: Citation = {
  rule: 'FINRA 5210.03',
  jurisdiction: 'US',
  verified: true,
  effectiveFrom: '2016-12-15',
};
const CEA_4C: Citation = { rule: 'CEA 4c(a)(5)(C)', jurisdiction: 'US', verified: false, effectiveFrom: '2011-07-16' };

export function parameter(
  value: number,
  unit: ScenarioParameter['unit'],
  help: string,
  [minimum, maximum]: readonly [number, number],
): ScenarioParameter {
  return { default: value, unit, help, minimum, maximum };
}

const SHARE = [0, 1] as const;
const SECONDS = [0.1, 86_400] as const;
const COUNT = [1, 1_000_000] as const;
const MULTIPLE = [0, 10_000] as const;

function deception(sizeRatio: number, usualOrders: number): Scenario['parameters'] {
  return {
    lookBackSeconds: parameter(
      7,
      'seconds',
      'How old an order may be and still count as shown for this trade',
      SECONDS,
    ),
    sizeRatio: parameter(sizeRatio, 'ratio', 'Lots shown on one side against lots executed on the other', MULTIPLE),
    imbalance: parameter(
      3,
      'ratio',
      'Lots shown on one side against everything on the other side, of the same actor',
      MULTIPLE,
    ),
    usualOrders: parameter(usualOrders, 'usual orders', 'Least size of what is shown', MULTIPLE),
    cancelSeconds: parameter(4, 'seconds', 'How soon after the execution it is taken away', SECONDS),
    pulledShare: parameter(0.7, 'share', 'How much of it is taken away unexecuted', SHARE),
  };
}

export const ORDER_SCENARIOS: readonly Scenario[] = [
  {
    id: 'spoofing',
    name: 'Spoofing',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR, FINRA_5210_03, CEA_4C],
    about:
      'A large order that is not meant to be executed, shown while a small one on the other side is, and then taken away.',
    looksAt:
      'Each execution against what the same actor shows on the other side; cancels and amendments away after it.',
    kind: 'recognised',
    parameters: deception(4, 6),
    mergeSeconds: 60,
  },
  {
    id: 'layering',
    name: 'Layering',
    severity: 'high',
    citations: [MAR_ANNEX, UK_MAR, FINRA_5210_03, CEA_4C],
    about: 'Orders at several prices on one side that make the book look deep until one on the other side is executed.',
    looksAt: 'As spoofing, with orders at three prices or more.',
    kind: 'recognised',
    parameters: deception(4, 6),
    mergeSeconds: 60,
  },
  {
    id: 'quote-stuffing',
    name: 'Quote stuffing',
    severity: 'medium',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'A flood of orders, changes and cancels that burdens others and trades nothing.',
    looksAt: 'Messages of each actor in each instrument, fading within the window, against everyone’s.',
    kind: 'recognised',
    parameters: {
      windowSeconds: parameter(1, 'seconds', 'Time over which messages fade', SECONDS),
      messages: parameter(110, 'messages', 'Messages within the window', COUNT),
      share: parameter(0.4, 'share', 'Of all messages in the instrument', SHARE),
      tradesShare: parameter(0.03, 'share', 'Most executions against messages', SHARE),
    },
    mergeSeconds: 60,
  },
  {
    id: 'order-to-trade',
    name: 'Excessive order-to-trade ratio',
    severity: 'low',
    citations: [{ rule: 'RTS 9 (2017/566)', jurisdiction: 'EU', verified: false, effectiveFrom: '2018-01-03' }],
    about: 'Far more orders than trades over a trading day: orders/trades − 1 above the venue’s maximum.',
    looksAt:
      'Orders (1), changes (2) and cancels (1) of the day against trades, when the session ends; no trade counts as one.',
    kind: 'recognised',
    parameters: {
      ratio: parameter(35, 'ratio', 'The venue’s maximum', MULTIPLE),
      messages: parameter(150, 'messages', 'Below this nobody is judged', COUNT),
    },
    mergeSeconds: 3600,
  },
  {
    id: 'pinging',
    name: 'Pinging',
    severity: 'medium',
    citations: [MAR_ANNEX, UK_MAR],
    about: 'Small orders that only look for hidden interest, before a large one takes it.',
    looksAt: 'Small orders of an actor on one side that end within moments, then a large marketable one on that side.',
    kind: 'recognised',
    parameters: {
      pingShare: parameter(0.2, 'share', 'Of the usual order: the largest ping', SHARE),
      lifeMillis: parameter(300, 'milliseconds', 'How long a ping lives at most', [0, 60_000]),
      gapSeconds: parameter(3, 'seconds', 'Longest pause between two pings, and before the large order', SECONDS),
      pings: parameter(5, 'orders', 'Least pings in a row', COUNT),
      largeRatio: parameter(10, 'ratio', 'The large order against the mean ping', MULTIPLE),
      usualOrders: parameter(1.5, 'usual orders', 'Least size of the large order', MULTIPLE),
    },
    mergeSeconds: 60,
  },
  {
    id: 'smoking',
    name: 'Smoking',
    severity: 'medium',
    citations: [FINRA_5210_03, MAR_ANNEX],
    about:
      'An order inside the spread lures others to its price, is taken away, and those who joined are traded against.',
    looksAt:
      'Orders that improved the price and were withdrawn unexecuted, then taking by the same actor at that price from later orders.',
    kind: 'recognised',
    parameters: {
      lifeSeconds: parameter(3, 'seconds', 'How long a lure lives at most', SECONDS),
      executeSeconds: parameter(1, 'seconds', 'How soon after it the others are traded against', SECONDS),
      hits: parameter(2, 'trades', 'How often, before it is a pattern', COUNT),
      patternSeconds: parameter(60, 'seconds', 'Longest pause within a pattern', SECONDS),
    },
    mergeSeconds: 60,
  },
];
