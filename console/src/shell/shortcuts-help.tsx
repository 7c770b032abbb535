/**
 * The list of keys, opened with `?`.
 */
import { Keys } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { PAGES } from './pages.ts';
import './shortcuts-help.css';

interface ShortcutsHelpProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

const GENERAL: readonly (readonly [string, string])[] = [
  ['⌘K', 'Search or run a command (Ctrl K)'],
  ['?', 'This list'],
  ['esc', 'Close what is open'],
];

export function ShortcutsHelp({ open, onOpenChange }: ShortcutsHelpProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys" description="They work anywhere outside a text field.">
      <ul className="shortcut-list">
        {GENERAL.map(([keys, text]) => (
          <li key={keys}>
            <span>{text}</span>
            <Keys>{keys}</Keys>
          </li>
        ))}
        {PAGES.map((page) => (
          <li key={page.path}>
            <span>Go to {page.title}</span>
            <Keys>{`G ${page.key.toUpperCase()}`}</Keys>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
