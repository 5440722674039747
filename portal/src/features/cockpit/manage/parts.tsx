import { CheckCircleOutlined, ExclamationCircleOutlined, SyncOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { useMoment } from '../../../ui/moment';
import { lagOf } from './lag';
import type { Liveness } from './live';
import { FigureMeaning } from './meaning';
import { metricsQuery } from './queries';
import { useCockpitFormat } from './format';

/** Whether what is shown is what is: in a word, a sign and a colour. */
export function Live({ liveness, at }: { liveness: Liveness; at: string | undefined }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const Sign =
    liveness === 'live' ? CheckCircleOutlined : liveness === 'stale' ? ExclamationCircleOutlined : SyncOutlined;
  return (
    <p className={`live live-${liveness}`}>
      <span role="status">
        <Sign aria-hidden spin={liveness === 'connecting'} /> {t(`live.${liveness}`)}
      </span>
      {at && <span className="live-at">{t('computed', { at: words.clock(at) })}</span>}
    </p>
  );
}

/** What each metric means, by name; empty while unknown. */
export function useMetrics(): ReadonlyMap<string, Schema<'Metric'>> {
  const metrics = useQuery(metricsQuery);
  return new Map((metrics.data ?? []).map((metric) => [metric.metric, metric]));
}

export function Figures({
  figures,
  freshness,
}: {
  figures: readonly Schema<'OverviewFigure'>[];
  freshness: readonly Schema<'Freshness'>[];
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const metrics = useMetrics();
  return (
    <dl className="figures">
      {figures.map((figure) => {
        const metric = metrics.get(figure.metric);
        const about = words.about(figure.value);
        return (
          <div key={figure.metric}>
            <dt>{words.title(figure)}</dt>
            <dd>
              <b>{words.number(figure.value)}</b> <span>{t(`unit.${figure.unit}`, { defaultValue: figure.unit })}</span>
            </dd>
            <dd className="figure-today">
              {about && <span className="soft">{t('about', { value: about })}</span>}{' '}
              {Number(figure.today) > 0 ? t('today', { value: words.number(figure.today) }) : t('none')}
            </dd>
            {metric && (
              <dd>
                <Link
                  to={`/cockpit/slices?metric=${figure.metric}`}
                  aria-label={t('analyse', { title: words.title(figure) })}
                >
                  {t('slices')}
                </Link>
              </dd>
            )}
            {metric && <FigureMeaning metric={metric} freshness={freshness} />}
          </div>
        );
      })}
    </dl>
  );
}

const way = ['submitted', 'passed_first_review', 'approved'];

/** How many applications ever reached each step; those that went another way stand beside it. */
export function Funnel({ steps }: { steps: readonly Schema<'OverviewFunnelStep'>[] }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const all = Math.max(1, Number(steps.find((step) => step.step === 'submitted')?.applications ?? 0));
  return (
    <>
      <ol className="funnel">
        {steps
          .filter((step) => way.includes(step.step))
          .map((step) => {
            const share = Number(step.applications) / all;
            return (
              <li key={step.step}>
                <span>{words.title(step)}</span>
                <b>{words.number(step.applications)}</b>
                <i aria-hidden style={{ width: `${Math.min(100, Math.max(1, share * 100))}%` }} />
                {step.step !== 'submitted' && <small>{t('share', { percent: words.percent(share) })}</small>}
              </li>
            );
          })}
      </ol>
      <p className="beside">
        {t('beside')}
        {steps
          .filter((step) => !way.includes(step.step))
          .map((step) => (
            <span key={step.step}>
              {words.title(step)} <b>{words.number(step.applications)}</b>
            </span>
          ))}
      </p>
    </>
  );
}

/** How far each source is counted. */
export function FreshnessLine({ freshness }: { freshness: readonly Schema<'Freshness'>[] }) {
  const { t } = useTranslation('cockpit');
  const moment = useMoment();
  return (
    <ul className="freshness">
      {freshness.map((source) => {
        const quarantined = Number(source.quarantined);
        const behind = lagOf([source], [source.source]).behind - quarantined;
        return (
          <li key={source.source}>
            {behind === 0 && quarantined === 0 ? (
              <CheckCircleOutlined aria-hidden className="even" />
            ) : (
              <ExclamationCircleOutlined aria-hidden className="behind" />
            )}
            <b>{t(`sources.${source.source}`, { defaultValue: source.source })}</b>
            <span>
              {[
                behind > 0 && t('behind', { count: behind }),
                quarantined > 0 && t('quarantined', { count: quarantined }),
              ]
                .filter(Boolean)
                .join(t('comma')) || t('even')}
            </span>
            {source.lastFactAt && <span>{t('last', { at: moment.exact(source.lastFactAt) })}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** An organisation without a member has no place in a ranking of members. */
export const withMembers = (societies: readonly Schema<'OverviewSociety'>[]) =>
  societies.filter((society) => Number(society.memberships) > 0);
