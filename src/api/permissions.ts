/**
 * What can be permitted, and what each role may do. The only place where rights are given; routes name the permission
 * they need, and nothing is open that does not name one.
 */

/** Every permission with what it allows. */
export const PERMISSIONS = {
  'market.read': 'See instruments, market states, books, trades, candles and statistics',
  'orders.read': 'See orders, executions and traces of the own accounts',
  'orders.write': 'Place, amend and cancel orders of the own accounts',
  'accounts.read': 'See the own accounts, their positions and funds',
  'accounts.write': 'Create accounts',
  'funds.write': 'Pay money into and out of accounts',
  'risk.read': 'See limits, their use, restrictions and kill switches',
  'risk.stop': 'Stop: engage kill switches, cancel orders of others, halt markets, restrict instruments',
  'risk.change': 'Lower limits; ask for and confirm higher ones and releases',
  'markets.write': 'Change market states',
  'instruments.write': 'Create, change and delist instruments',
  'sessions.read': 'See order-entry sessions',
  'sessions.write': 'Create and revoke order-entry sessions',
  'operations.read': 'See the journal, snapshots, latencies and the replay',
  'operations.write': 'Take snapshots and control the replay',
  'approvals.read': 'See requests that need a second person',
  'approvals.decide': 'Confirm or refuse them (never the own ones)',
  'users.read': 'See users, invitations and everybody’s tokens',
  'users.write': 'Invite and disable users, revoke everybody’s tokens',
  'audit.read': 'See the record of privileged acts, the audit log and its proofs',
  'audit.write': 'Replace the keys of the audit log',
  'settings.write': 'Change settings of the site',
  'surveillance.read': 'See alerts, cases, scenarios and back-tests of surveillance',
  'surveillance.write': 'Handle alerts, decide cases, try parameters of scenarios and ask for their change',
  'reports.read': 'See compliance reports',
  'reports.write': 'Make compliance reports',
  'predictions.read': 'See forecasts',
  'models.write': 'Train, promote and go back to forecast models',
  'federation.read': 'See clusters, members, observers and the topology',
  'failover.execute': 'Change a shard’s leader, take an announced change back; ask for and confirm forced ones',
  'federation.write': 'Hand in heartbeats of members',
  'metrics.read': 'Read the metrics',
} as const satisfies Readonly<Record<string, string>>;
export type Permission = keyof typeof PERMISSIONS;

export const ROLE_NAMES = ['operator', 'trader', 'risk', 'compliance', 'auditor', 'admin'] as const;
export type Role = (typeof ROLE_NAMES)[number];

const READ_MARKET: readonly Permission[] = ['market.read', 'operations.read', 'predictions.read', 'federation.read'];
const READ_ALL: readonly Permission[] = [
  ...READ_MARKET,
  'orders.read',
  'accounts.read',
  'risk.read',
  'sessions.read',
  'approvals.read',
  'reports.read',
  'metrics.read',
];

/** What each role may do. */
const ROLES: Readonly<Record<Role, readonly Permission[]>> = {
  operator: [
    ...READ_ALL,
    'risk.stop',
    'markets.write',
    'instruments.write',
    'sessions.write',
    'operations.write',
    'models.write',
    'federation.write',
    'failover.execute',
    'approvals.decide',
    'settings.write',
  ],
  trader: [...READ_MARKET, 'orders.read', 'orders.write', 'accounts.read', 'risk.read'],
  risk: [
    ...READ_ALL,
    'surveillance.read',
    'risk.stop',
    'risk.change',
    'markets.write',
    'approvals.decide',
    'audit.read',
  ],
  compliance: [
    ...READ_ALL,
    'surveillance.read',
    'surveillance.write',
    'reports.write',
    'risk.stop',
    'approvals.decide',
    'audit.read',
    'users.read',
  ],
  auditor: [...READ_ALL, 'surveillance.read', 'audit.read', 'users.read'],
  admin: Object.keys(PERMISSIONS) as Permission[],
};

const granted = new Map<string, ReadonlySet<Permission>>(
  ROLE_NAMES.map((role) => [role, new Set<Permission>(ROLES[role])]),
);

/** Whether a role has a permission; an unknown role has none. */
export function permits(role: string, permission: Permission): boolean {
  return granted.get(role)?.has(permission) === true;
}

/** A role's permissions, in order of the catalogue. */
export function permissionsOf(role: string): Permission[] {
  return (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => permits(role, permission));
}

/** Whether somebody with `own` rights may hand out `other`: only what he may do himself. */
export function includes(own: string, other: string): boolean {
  return permissionsOf(other).every((permission) => permits(own, permission));
}
