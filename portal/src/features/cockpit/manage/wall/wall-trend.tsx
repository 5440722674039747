import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { QueryBoundary } from '../../../../ui/states';
import { Fresh } from '../meaning';
import { Panel } from '../panel';
import { valuesQuery } from '../queries';
import { plusDays, useToday } from '../today';
import { useCockpitFormat } from '../format';

const days = 30;

/** Who joined, day by day: bars of a size that is drawn without a chart's machinery, for a screen that runs for weeks. */
export function WallTrend() {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const today = useToday();
  const trend = useQuery({
    ...valuesQuery({
      metric: 'memberships_joined',
      breakdown: 'DAY',
      fromDay: plusDays(today, 1 - days),
      toDay: today,
    }),
    refetchInterval: 60_000,
  });
  return (
    <Panel
      title={t('joinedByDay', { count: days })}
      aside={trend.data && <Fresh sources={['membership']} freshness={trend.data.freshness} short />}
    >
      <QueryBoundary query={trend} rows={3}>
        {({ values }) => {
          const numbers = values.map((value) => Number(value.value));
          const most = Math.max(1, ...numbers);
          const label = t('chartLabel', {
            title: t('joinedByDay', { count: days }),
            from: values[0]?.key,
            to: values.at(-1)?.key,
            last: words.number(numbers.at(-1) ?? 0),
            least: words.number(Math.min(...numbers)),
            most: words.number(Math.max(...numbers)),
            unit: t('unit.memberships'),
          });
          return (
            <>
              <svg
                className="wall-bars"
                viewBox={`0 0 ${values.length * 10} 100`}
                preserveAspectRatio="none"
                role="img"
                aria-label={label}
              >
                {values.map((value, index) => {
                  const height = Math.max(1, (Number(value.value) / most) * 98);
                  return (
                    <rect
                      key={value.key}
                      className={index === values.length - 1 ? 'last' : ''}
                      x={index * 10 + 1.5}
                      y={100 - height}
                      width={7}
                      height={height}
                    />
                  );
                })}
              </svg>
              <p className="wall-bars-foot">
                <span>{values[0]?.key.slice(5)}</span>
                <span>{t('highest', { value: words.number(Math.max(0, ...numbers)) })}</span>
                <b>{t('today', { value: words.number(numbers.at(-1) ?? 0) })}</b>
              </p>
            </>
          );
        }}
      </QueryBoundary>
    </Panel>
  );
}
