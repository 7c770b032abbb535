/**
 * The command bar: go to a page or an instrument, or open an action. It only opens things; the acts themselves keep
 * their own preview and confirmation.
 */
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Dialog as Radix } from 'radix-ui';
import { Keys } from '../ui/button.tsx';
import { useInstruments } from '../data/queries.ts';
import { PAGES } from './pages.ts';
import './command-bar.css';

/** An action that the bar can open. */
export interface BarAction {
  readonly title: string;
  readonly words: readonly string[];
  readonly run: () => void;
}

interface CommandBarProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly actions: readonly BarAction[];
}

export function CommandBar({ open, onOpenChange, actions }: CommandBarProps) {
  const navigate = useNavigate();
  const instruments = useInstruments();

  function choose(run: () => void) {
    onOpenChange(false);
    run();
  }

  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-overlay" />
        <Radix.Content className="command" aria-describedby={undefined}>
          <Radix.Title className="visually-hidden">Search or run a command</Radix.Title>
          <Command label="Search or run a command" loop>
            <Command.Input className="command-input" placeholder="Page, instrument or command…" />
            <Command.List className="command-list">
              <Command.Empty className="command-empty">Nothing by that name.</Command.Empty>
              <Command.Group heading="Pages">
                {PAGES.map((page) => (
                  <Command.Item
                    key={page.path}
                    value={page.title}
                    onSelect={() => choose(() => void navigate({ to: page.path }))}
                  >
                    <span>{page.title}</span>
                    <Keys>{`G ${page.key.toUpperCase()}`}</Keys>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Instruments">
                {(instruments.data ?? []).map((instrument) => (
                  <Command.Item
                    key={instrument.symbol}
                    value={instrument.symbol}
                    onSelect={() =>
                      choose(() => void navigate({ to: '/markets/$symbol', params: { symbol: instrument.symbol } }))
                    }
                  >
                    <span className="mono">{instrument.symbol}</span>
                    <span className="muted">{instrument.state}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Commands">
                {actions.map((action) => (
                  <Command.Item
                    key={action.title}
                    value={action.title}
                    keywords={[...action.words]}
                    onSelect={() => choose(action.run)}
                  >
                    {action.title}
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
