import { useTranslation } from 'react-i18next';
import { useCockpitFormat } from './format';
import { Fresh } from './meaning';
import { useMetricView } from './metric-view';
import type { Numbers } from './numbers-query';

const steps = ['applications_submitted', 'applications_passed_first_review', 'applications_approved'] as const;
const beside = ['applications_returned', 'applications_rejected', 'applications_withdrawn'] as const;

/** From the application to the membership, within the period: a later step may belong to an application of before. */
export function ApplicationFunnel({ numbers }: { numbers: Numbers }) {
  const { t } = useTranslation('cockpit-numbers');
  const words = useCockpitFormat();
  const shown = useMetricView();
  const most = Math.max(1, ...steps.map((name) => shown(name, numbers).value));
  return (
    <>
      <ol className="funnel">
        {steps.map((name) => {
          const { title, value } = shown(name, numbers);
          return (
            <li key={name}>
              <span>{title}</span>
              <b>{words.number(value)}</b>
              <i aria-hidden style={{ width: `${Math.max(1, (value / most) * 100)}%` }} />
            </li>
          );
        })}
      </ol>
      <p className="beside">
        {beside.map((name) => {
          const { title, value } = shown(name, numbers);
          return (
            <span key={name}>
              {title} <b>{words.number(value)}</b>
            </span>
          );
        })}
      </p>
      <p className="meaning">
        {t('funnelNote')} <Fresh sources={['membership']} freshness={numbers.applications_submitted.freshness} />
      </p>
    </>
  );
}
