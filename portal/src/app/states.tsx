import { Alert, Button, Empty, Result, Skeleton } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { problemOf } from '../api/problem';

/** Something is on its way; after four seconds it says that it knows. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 4000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-live="polite">
      <span className="visually-hidden">{t('state.loading')}</span>
      {slow && <p className="soft">{t('state.slow')}</p>}
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  );
}

/** It did not work: why, and what can be done. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const problem = problemOf(error);
  if (problem.status === 403) return <Result status="403" title={t('state.noPermission')} />;
  if (problem.status === 404) return <NotFound />;
  return (
    <Alert
      type="error"
      showIcon
      title={problem.title || t('state.offline')}
      description={
        <>
          {problem.detail && <p>{problem.detail}</p>}
          {problem.traceId && <p className="soft">{t('state.trace', { id: problem.traceId })}</p>}
        </>
      }
      action={retry && <Button onClick={retry}>{t('state.retry')}</Button>}
    />
  );
}

/** Nothing here yet, and how that changes. */
export function Nothing({ text, action }: { text?: ReactNode; action?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text ?? t('state.empty')}>
      {action}
    </Empty>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return <Result status="404" title={t('state.notFound')} extra={<Link to="/">{t('state.backHome')}</Link>} />;
}

/** The four states of something that is asked for. */
export function Asked<T>({
  query,
  children,
  rows,
}: {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  children: (data: T) => ReactNode;
  rows?: number;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
