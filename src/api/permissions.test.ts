/** What each role may do, as far as the rules of the house go. */
import { describe, expect, it } from 'vitest';
import { includes, PERMISSIONS, permissionsOf, permits, ROLE_NAMES } from './permissions.ts';

describe('roles', () => {
  it('of an administrator have every permission, and of nobody none', () => {
    expect(permissionsOf('admin')).toEqual(Object.keys(PERMISSIONS));
    expect(permissionsOf('nobody')).toEqual([]);
  });

  it('that watch change nothing', () => {
    const changing = (role: string): string[] =>
      permissionsOf(role).filter((permission) => /\.(write|change|stop|decide)$/.test(permission));
    expect(changing('auditor')).toEqual([]);
    expect(changing('trader')).toEqual(['orders.write']);
    expect(changing('compliance')).toEqual(
      expect.arrayContaining(['risk.stop', 'approvals.decide', 'surveillance.write']),
    );
    expect(changing('compliance')).not.toContain('risk.change');
  });

  it('keep trading apart from its control', () => {
    for (const role of ROLE_NAMES.filter((name) => name !== 'admin')) {
      expect(permits(role, 'orders.write') && permits(role, 'risk.change')).toBe(false);
      expect(permits(role, 'funds.write')).toBe(false);
    }
  });

  it('hand out only what they have', () => {
    expect(includes('admin', 'risk')).toBe(true);
    expect(includes('risk', 'admin')).toBe(false);
    expect(includes('trader', 'operator')).toBe(false);
    expect(includes('risk', 'risk')).toBe(true);
  });
});
