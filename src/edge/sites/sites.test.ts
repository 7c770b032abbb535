import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { greatCircleKm, leastMicros } from '#kit/geography.ts';
import { openShares } from './market-hours.ts';
import type { MachineReading } from './machine.ts';
import { judge } from './self-test.ts';
import { siteMistakes, sitesFileSchema } from './site.ts';
import type { SitesFile } from './site.ts';

const file: SitesFile = sitesFileSchema.parse(parse(readFileSync('config/sites.yaml', 'utf8')));

function moved(change: Partial<SitesFile['sites'][number]>): string[] {
  const [first, ...rest] = file.sites;
  return siteMistakes({ ...file, sites: [{ ...first, ...change }, ...rest] }).map(({ message }) => message);
}

describe('the sites file', () => {
  it('that comes with the platform has no mistake and the fifteen sites', () => {
    expect(siteMistakes(file)).toEqual([]);
    expect(file.sites).toHaveLength(15);
  });

  it('is refused with a site over the wrong ocean, and says what looks wrong', () => {
    expect(moved({ longitude: 74.1435 })).toEqual([expect.stringMatching(/not in US: the sign of the longitude/)]);
    expect(moved({ latitude: -41.0886 })).toEqual([expect.stringMatching(/sign of the latitude/)]);
    expect(moved({ latitude: 41, longitude: -40 })).toEqual([expect.stringMatching(/is not in US$/)]);
    expect(moved({ market: 'XXXX' })).toEqual(['there is no market "XXXX"']);
    expect(moved({ id: 'us-east-1' })).toEqual(['"us-east-1" is used twice']);
  });
});

describe('distances', () => {
  it('are those of the globe, and light needs its time', () => {
    const london = { latitude: 51.5074, longitude: -0.1278 };
    const sydney = { latitude: -33.8688, longitude: 151.2093 };
    expect(greatCircleKm(london, sydney)).toBeCloseTo(16_994, -1);
    expect(leastMicros(london, sydney)).toBeGreaterThan(83_000);
    expect(greatCircleKm(london, london)).toBe(0);
  });
});

describe('market hours', () => {
  it('follow daylight saving, and wrap around midnight', () => {
    const newYork = { timeZone: 'America/New_York', opens: 570, closes: 960 };
    const winter = openShares(newYork, Date.parse('2026-01-15T12:00:00Z') * 1000);
    const summer = openShares(newYork, Date.parse('2026-07-15T12:00:00Z') * 1000);
    expect([winter[14], winter[15], winter[20], winter[21]]).toEqual([0.5, 1, 1, 0]);
    expect([summer[13], summer[14], summer[19], summer[20]]).toEqual([0.5, 1, 1, 0]);
    const chicago = openShares(
      { timeZone: 'America/Chicago', opens: 1020, closes: 960 },
      Date.parse('2026-01-15') * 1000,
    );
    expect(chicago.reduce((sum, share) => sum + share, 0)).toBeCloseTo(23, 5);
    expect(chicago[22]).toBe(0);
  });
});

describe('a self-test', () => {
  const reading: MachineReading = {
    loopP50Micros: 5,
    loopP99Micros: 20,
    loopMaxMicros: 900,
    fsyncP50Micros: 100,
    fsyncP99Micros: 900,
    clockDivergenceMicros: 40,
    clockSource: 'chronyd',
    isolatedCores: 2,
    allowedCores: 8,
    cores: 8,
    hugePages: 512,
    isHugePagesByDefault: false,
    governor: 'performance',
  };

  it('proves a class where every check passes, and names the one that fails', () => {
    expect(judge(reading, file.nodeClasses).every(({ proven }) => proven)).toBe(true);
    const [ultra, fast] = judge({ ...reading, isolatedCores: 0 }, file.nodeClasses);
    expect(ultra?.checks.filter(({ state }) => state === 'failed').map(({ check }) => check)).toEqual(['isolation']);
    expect(fast?.proven).toBe(true);
  });

  it('proves nothing by what could not be measured', () => {
    const verdicts = judge({ ...reading, clockDivergenceMicros: null }, file.nodeClasses);
    expect(verdicts.some(({ proven }) => proven)).toBe(false);
    expect(verdicts[0]?.checks.find(({ check }) => check === 'clock')?.state).toBe('unmeasured');
  });
});
