import { Button } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { problemOf } from '../api/problem';
import { useTitle } from './sheet';
import './states.css';

/** A placeholder while something loads; after four seconds it says that the network is slow. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 4000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="loading" role="status">
      <span className={slow ? 'soft' : 'visually-hidden'}>{t(slow ? 'state.slow' : 'state.loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="loading-row" aria-hidden />
      ))}
    </div>
  );
}

/** A message in the middle of a page that has nothing else to show. */
export function MessagePage({ heading, text, children }: { heading: string; text?: string; children?: ReactNode }) {
  return (
    <section className="message-page">
      <h1>{heading}</h1>
      {text && <p className="soft">{text}</p>}
      <div className="message-links">{children}</div>
    </section>
  );
}

/** It did not work: why, and what can be done. `page`: nothing else is on the page. */
export function Failure({ error, retry, page }: { error: unknown; retry?: () => void; page?: boolean }) {
  const { t } = useTranslation();
  const problem = problemOf(error);
  if (problem.status === 403) return <NotAllowed />;
  // An address that cannot be is no page either.
  if (problem.status === 404 || problem.status === 400) return <NotFound />;
  return (
    <div className="failure" role="alert">
      {page ? (
        <h1>{problem.title}</h1>
      ) : (
        <p>
          <strong>{problem.title}</strong>
        </p>
      )}
      {problem.detail && <p>{problem.detail}</p>}
      {problem.traceId && <p className="soft">{t('state.trace', { id: problem.traceId })}</p>}
      {retry && <Button onClick={retry}>{t('state.retry')}</Button>}
    </div>
  );
}

/** There is nothing yet, and how that changes. */
export function EmptyState({ text, action }: { text?: ReactNode; action?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="empty-state">
      <svg viewBox="0 0 64 40" width="64" height="40" aria-hidden>
        <path
          d="M8 22 18 6h28l10 16v12H8zM8 22h14l3 5h14l3-5h14"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinejoin="round"
        />
      </svg>
      <p>{text ?? t('state.empty')}</p>
      {action}
    </div>
  );
}

export function NotAllowed() {
  const { t } = useTranslation();
  useTitle(t('state.noPermission'));
  return (
    <MessagePage heading={t('state.noPermission')} text={t('state.noPermissionText')}>
      <Link to="/">{t('state.backHome')}</Link>
      <Link to="/me">{t('state.mine')}</Link>
    </MessagePage>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  useTitle(t('state.notFound'));
  return (
    <MessagePage heading={t('state.notFound')} text={t('state.notFoundText')}>
      <Link to="/">{t('state.backHome')}</Link>
      <Link to="/organisations">{t('nav.organisations')}</Link>
      <Link to="/activities">{t('nav.activities')}</Link>
    </MessagePage>
  );
}

/** The part of a query that its states need. */
export interface Query<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
  fetchStatus?: 'fetching' | 'paused' | 'idle';
}

/** The states of a query: loading, no network, failed, and what it was for. */
export function QueryBoundary<T>({
  query,
  children,
  rows,
}: {
  query: Query<T>;
  children: (data: T) => ReactNode;
  rows?: number;
}) {
  const { t } = useTranslation();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  // Without a network nothing is asked; it goes on by itself when there is one.
  if (query.fetchStatus === 'paused') return <EmptyState text={t('state.paused')} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
