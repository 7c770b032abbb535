/**
 * The recorded loads that forecasts are judged on: which files, where training and validation end and the one test begins.
 * The definitions are fixed, so that figures of different versions compare.
 */
import path from 'node:path';
import { loadEquities } from './equities.ts';
import { splitAt, type LoadSeries, type Split } from './load-series.ts';
import { loadNab, loadProcessorUse, loadTrades } from './round-the-clock.ts';

export const TARGET_SETS = ['equities', 'crypto', 'azure', 'nab'] as const;
export type TargetSet = (typeof TARGET_SETS)[number];

export interface Target {
  readonly set: TargetSet;
  readonly series: LoadSeries;
  readonly split: Split;
}

const DAY_BINS = 288;
const TEST_DAYS = 7;
const VALIDATION_DAYS = 5;
const TEST_SHARE = 0.2;
const VALIDATION_SHARE = 0.2;
const CRYPTO_MONTHS = ['2023-08', '2023-09', '2023-10', '2023-11'];
const NAB_MEMBERS = ['elb_request_count_8c0756', 'Twitter_volume_AAPL', 'Twitter_volume_AMZN'];

/** Reads a set's series from the `load` folder. NAB has three, the others one. */
export function loadTargets(set: TargetSet, folder: string): Target[] {
  switch (set) {
    case 'equities': {
      const series = loadEquities(path.join(folder, 'equities'));
      return [{ set, series, split: splitAt(series, utc(2024, 9, 1), utc(2024, 10, 1)) }];
    }
    case 'crypto': {
      const series = loadTrades(path.join(folder, 'crypto'), 'FILUSDT', CRYPTO_MONTHS);
      return [{ set, series, split: splitAt(series, utc(2023, 10, 16), utc(2023, 11, 1)) }];
    }
    case 'azure': {
      const series = loadProcessorUse(path.join(folder, 'azure-vm-cpu-5m-2017-01.csv.gz'));
      const end = series.values.length;
      const test = end - TEST_DAYS * DAY_BINS;
      return [{ set, series, split: { validation: test - VALIDATION_DAYS * DAY_BINS, test, end } }];
    }
    case 'nab':
      return NAB_MEMBERS.map((name) => {
        const series = loadNab(path.join(folder, 'nab-twitter-elb-taxi.tar.gz'), `${name}.csv`, name);
        const end = series.values.length;
        const test = Math.floor(end * (1 - TEST_SHARE));
        return { set, series, split: { validation: Math.floor(test * (1 - VALIDATION_SHARE)), test, end } };
      });
  }
}

function utc(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) * 1000;
}
