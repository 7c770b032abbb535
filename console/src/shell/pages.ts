/**
 * The pages that exist. Sidebar, keys, command bar and router links all come from this list; a page that is not
 * here does not exist, and one that does not exist is not here.
 */

export const PAGES = [
  { path: '/', title: 'Overview', group: 'Operate', key: 'o' },
  { path: '/approvals', title: 'Approvals', group: 'Operate', key: 'v' },
  { path: '/markets', title: 'Markets', group: 'Trade', key: 'm' },
  { path: '/blotter', title: 'Order blotter', group: 'Trade', key: 'b' },
  { path: '/limits', title: 'Risk limits', group: 'Trade', key: 'l' },
  { path: '/sessions', title: 'Sessions', group: 'Trade', key: 's' },
  { path: '/surveillance', title: 'Surveillance', group: 'Comply', key: 'u' },
  { path: '/cases', title: 'Cases', group: 'Comply', key: 'c' },
  { path: '/audit', title: 'Audit log', group: 'Comply', key: 'a' },
  { path: '/verify-proof', title: 'Verify proof', group: 'Comply', key: 'y' },
  { path: '/clusters', title: 'Clusters', group: 'Federation', key: 'f' },
  { path: '/failover', title: 'Failover', group: 'Federation', key: 'w' },
  { path: '/steering', title: 'Steering', group: 'Federation', key: 't' },
  { path: '/sites', title: 'Sites', group: 'Edge', key: 'i' },
  { path: '/placement', title: 'Placement', group: 'Edge', key: 'p' },
  { path: '/caches', title: 'Caches', group: 'Edge', key: 'h' },
  { path: '/api-access', title: 'API', group: 'Platform', key: 'k' },
] as const;

export type PagePath = (typeof PAGES)[number]['path'];

/** Groups in order, each with its pages. */
export const PAGE_GROUPS: readonly { readonly group: string; readonly pages: readonly (typeof PAGES)[number][] }[] = [
  ...new Set(PAGES.map((page) => page.group)),
].map((group) => ({ group, pages: PAGES.filter((page) => page.group === group) }));
