/**
 * A part of the page that scrolls by itself and can be reached and scrolled with the keyboard alone.
 */
import type { ReactNode, Ref } from 'react';
import './scroll-region.css';

interface ScrollRegionProps {
  readonly label: string;
  readonly className?: string;
  readonly ref?: Ref<HTMLElement>;
  readonly children: ReactNode;
}

export function ScrollRegion({ label, className = '', ref, children }: ScrollRegionProps) {
  return (
    // Without a tab stop its hidden rows could not be reached from the keyboard (WCAG 2.1.1).
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={`scroll-region ${className}`} aria-label={label} tabIndex={0} ref={ref ?? null}>
      {children}
    </section>
  );
}
