/**
 * The list of pages, in groups, each with its key.
 */
import { Link } from '@tanstack/react-router';
import { Keys } from '../ui/button.tsx';
import { PAGE_GROUPS } from './pages.ts';

interface SidebarProps {
  /** Waiting approvals, shown beside their page. */
  readonly waiting: number;
  readonly onNavigate?: () => void;
}

export function Sidebar({ waiting, onNavigate }: SidebarProps) {
  return (
    <nav className="sidebar" aria-label="Pages">
      {PAGE_GROUPS.map(({ group, pages }) => (
        <div key={group} className="sidebar-group">
          <h2 className="sidebar-title">{group}</h2>
          <ul>
            {pages.map((page) => (
              <li key={page.path}>
                <Link
                  to={page.path}
                  className="sidebar-link"
                  activeOptions={{ exact: page.path === '/' }}
                  {...(onNavigate === undefined ? {} : { onClick: onNavigate })}
                >
                  <span>{page.title}</span>
                  {page.path === '/approvals' && waiting > 0 ? (
                    <span className="sidebar-count num">
                      {waiting}
                      <span className="visually-hidden"> waiting</span>
                    </span>
                  ) : null}
                  <span aria-hidden="true">
                    <Keys>{`G ${page.key.toUpperCase()}`}</Keys>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
