import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './sheet.css';

/** One thing to do, in the middle of the page. */
export function Sheet({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <section className="sheet">
      <h1>{title}</h1>
      {lead && <p className="soft">{lead}</p>}
      {children}
    </section>
  );
}

/** The title of the tab: the page, then the platform. */
export function useTitle(title: string): void {
  const { t } = useTranslation();
  const brand = t('brand');
  useEffect(() => {
    document.title = `${title} · ${brand}`;
    return () => {
      document.title = brand;
    };
  }, [title, brand]);
}
