import { CheckCircleOutlined, ExclamationCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useMoment } from '../../../ui/moment';
import { lagOf } from './lag';
import { useCockpitFormat } from './format';
import './cockpit.css';

/** What a number means, and how far it is counted. */
export function Meaning({
  metric,
  freshness,
}: {
  metric: Schema<'Metric'>;
  freshness: readonly Schema<'Freshness'>[];
}) {
  const words = useCockpitFormat();
  return (
    <p className="meaning">
      {words.english ? metric.definitionEn : metric.definitionZh}{' '}
      <Fresh sources={sourcesOf(metric)} freshness={freshness} />
    </p>
  );
}

/** The same below a figure, folded away. */
export function FigureMeaning({
  metric,
  freshness,
}: {
  metric: Schema<'Metric'>;
  freshness: readonly Schema<'Freshness'>[];
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  return (
    <dd>
      <details className="figure-meaning">
        <summary>{t('meaning')}</summary>
        <p>{words.english ? metric.definitionEn : metric.definitionZh}</p>
        <Fresh sources={sourcesOf(metric)} freshness={freshness} />
      </details>
    </dd>
  );
}

/** The services whose events a metric is made of. */
export const sourcesOf = (metric: Schema<'Metric'>): string[] => [
  ...new Set(metric.sourceEvents.map((event) => event.split('/')[0] ?? '')),
];

/** Whether everything these services have told is counted: a sign and a time in little room, in words otherwise. */
export function Fresh({
  sources,
  freshness,
  short = false,
}: {
  sources: readonly string[];
  freshness: readonly Schema<'Freshness'>[];
  short?: boolean;
}) {
  const { t } = useTranslation('cockpit');
  const moment = useMoment();
  const words = useCockpitFormat();
  const { behind, lastFactAt } = lagOf(freshness, sources);
  if (short) {
    return (
      <span className="fresh">
        {behind === 0 ? (
          <CheckCircleOutlined className="even" aria-label={t('even')} />
        ) : (
          <ExclamationCircleOutlined aria-hidden className="behind" />
        )}
        {behind > 0 ? <span>{t('lag', { count: behind })}</span> : lastFactAt && <span>{words.brief(lastFactAt)}</span>}
      </span>
    );
  }
  return (
    <span className="fresh">
      {behind === 0 ? (
        <CheckCircleOutlined aria-hidden className="even" />
      ) : (
        <ExclamationCircleOutlined aria-hidden className="behind" />
      )}
      {behind === 0 ? t('even') : t('behind', { count: behind })}
      {lastFactAt && <span>{t('last', { at: moment.exact(lastFactAt) })}</span>}
    </span>
  );
}
