import { useQuery } from '@tanstack/react-query';
import { Segmented, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { Chart } from './chart';
import { Meaning } from './meaning';
import { metricsQuery, valuesQuery } from './queries';
import { plusDays, useToday } from './today';
import { useCockpitFormat } from './format';

const periods = [30, 90, 365] as const;

/** One metric by day: as a line, and as the numbers behind it. In a province, or everywhere. */
export function Trend({ provinceCode }: { provinceCode?: string }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const today = useToday();
  const metrics = useQuery(metricsQuery);
  const [metric, setMetric] = useState('memberships_active');
  const [days, setDays] = useState<number>(30);
  const trend = useQuery(
    valuesQuery({
      metric,
      breakdown: 'DAY',
      fromDay: plusDays(today, 1 - days),
      toDay: today,
      ...(provinceCode && { provinceCode }),
    }),
  );
  const known = metrics.data?.find((candidate) => candidate.metric === metric);
  return (
    <>
      <div className="trend-choice">
        <Select
          aria-label={t('metric')}
          value={metric}
          onChange={setMetric}
          loading={metrics.isLoading}
          options={(metrics.data ?? [])
            .filter((one) => one.dimensions.includes('day'))
            .map((one) => ({ value: one.metric, label: words.title(one) }))}
        />
        <Segmented<number>
          aria-label={t('range')}
          value={days}
          onChange={setDays}
          options={periods.map((value) => ({ value, label: t('days', { count: value }) }))}
        />
      </div>
      <QueryBoundary query={trend} rows={6}>
        {({ values, freshness }) => (
          <>
            {values.length === 0 ? (
              <EmptyState text={t('nothing')} />
            ) : (
              <Line
                values={values}
                title={known ? words.title(known) : metric}
                unit={known ? t(`unit.${known.unit}`, { defaultValue: known.unit }) : ''}
              />
            )}
            {known && <Meaning metric={known} freshness={freshness} />}
          </>
        )}
      </QueryBoundary>
    </>
  );
}

function Line({ values, title, unit }: { values: readonly Schema<'MetricValue'>[]; title: string; unit: string }) {
  const { t } = useTranslation('cockpit');
  const points = useMemo(() => values.map((value) => ({ key: value.key, value: Number(value.value) })), [values]);
  return <Chart kind="line" points={points} title={title} unit={unit} period={t('day')} />;
}
