import { describe, expect, it } from 'vitest';
import { SCENARIOS, invalidParameters, parametersOf } from './catalogue.ts';

describe('the scenarios', () => {
  it('are at least twenty, each with a rule, what it looks at, and parameters within their own bounds', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(20);
    for (const scenario of SCENARIOS) {
      expect(scenario.citations.length).toBeGreaterThan(0);
      expect(scenario.looksAt.length).toBeGreaterThan(10);
      expect(invalidParameters(scenario.id, parametersOf(scenario.id))).toBeUndefined();
    }
  });

  it('refuse parameters that they do not have, or outside their bounds', () => {
    expect(invalidParameters('spoofing', { sizeRatio: -1 })).toMatch(/sizeRatio must be 0 to/);
    expect(invalidParameters('spoofing', { colour: 1 })).toMatch(/no parameter colour/);
    expect(invalidParameters('nothing', {})).toMatch(/no scenario/);
  });
});
