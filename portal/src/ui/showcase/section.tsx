import type { ReactNode } from 'react';

/** One component on the page of components: its name, what it is for, and its states. */
export function Section({ name, purpose, children }: { name: string; purpose: string; children: ReactNode }) {
  return (
    <section className="showcase-section" id={name} aria-label={name}>
      <h2>{name}</h2>
      <p className="soft">{purpose}</p>
      {children}
    </section>
  );
}

/** One state of a component. */
export function State({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="showcase-state">
      <p className="soft">{name}</p>
      <div>{children}</div>
    </div>
  );
}
