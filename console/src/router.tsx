/**
 * Which address shows which page. Pages come in files of their own, loaded when first needed.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { describeProblem } from './data/client.ts';
import { patient } from './data/patient.ts';
import { LoginPage } from './pages/login.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { Shell } from './shell/shell.tsx';
import { Notice } from './ui/panel.tsx';

const root = createRootRoute({ notFoundComponent: NotFound });
const login = createRoute({ getParentRoute: () => root, path: '/login', component: LoginPage });
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const pages = [
  createRoute({ getParentRoute: () => shell, path: '/', component: OverviewPage }),
  createRoute({
    getParentRoute: () => shell,
    path: '/approvals',
    component: lazyRouteComponent(() => patient(() => import('./pages/approvals.tsx')), 'ApprovalsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/markets',
    component: lazyRouteComponent(() => patient(() => import('./pages/markets.tsx')), 'MarketsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/markets/$symbol',
    component: lazyRouteComponent(() => patient(() => import('./pages/market/market.tsx')), 'MarketPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/blotter',
    component: lazyRouteComponent(() => patient(() => import('./pages/blotter.tsx')), 'BlotterPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/limits',
    component: lazyRouteComponent(() => patient(() => import('./pages/limits.tsx')), 'LimitsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/sessions',
    component: lazyRouteComponent(() => patient(() => import('./pages/sessions.tsx')), 'SessionsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/clusters',
    component: lazyRouteComponent(() => patient(() => import('./pages/clusters.tsx')), 'ClustersPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/failover',
    component: lazyRouteComponent(() => patient(() => import('./pages/failover.tsx')), 'FailoverPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/steering',
    component: lazyRouteComponent(() => patient(() => import('./pages/steering.tsx')), 'SteeringPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/audit',
    component: lazyRouteComponent(() => patient(() => import('./pages/audit-log.tsx')), 'AuditLogPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/verify-proof',
    validateSearch: (search: Record<string, unknown>): { entry?: number } =>
      Number.isSafeInteger(search['entry']) ? { entry: Number(search['entry']) } : {},
    component: lazyRouteComponent(() => patient(() => import('./pages/verify-proof.tsx')), 'VerifyProofPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/surveillance',
    component: lazyRouteComponent(() => patient(() => import('./pages/surveillance.tsx')), 'SurveillancePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/cases',
    component: lazyRouteComponent(() => patient(() => import('./pages/cases.tsx')), 'CasesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/sites',
    component: lazyRouteComponent(() => patient(() => import('./pages/sites.tsx')), 'SitesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/placement',
    component: lazyRouteComponent(() => patient(() => import('./pages/placement.tsx')), 'PlacementPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/caches',
    component: lazyRouteComponent(() => patient(() => import('./pages/caches.tsx')), 'CachesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/api-access',
    component: lazyRouteComponent(() => patient(() => import('./pages/api-access.tsx')), 'ApiAccessPage'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([login, shell.addChildren(pages)]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailure,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return (
    <main className="page">
      <Notice
        title="There is no such page."
        action={
          <Link to="/" className="link">
            Go to the overview
          </Link>
        }
      />
    </main>
  );
}

function PageFailure({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      <Notice
        title="This page failed."
        action={
          <button type="button" className="button plain" onClick={reset}>
            Try again
          </button>
        }
      >
        {describeProblem(error)}
      </Notice>
    </div>
  );
}
