import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './fact-grid.css';

/** Facts about one thing in columns as wide as the page allows: a name, and the value below it. */
export function FactGrid({ children }: { children: ReactNode }) {
  return <dl className="fact-grid">{children}</dl>;
}

/** One fact; without a value it says that none was given. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span className="soft">{t('notGiven')}</span>}</dd>
    </div>
  );
}
