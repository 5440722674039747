import { useQuery } from '@tanstack/react-query';
import { Segmented, Select } from 'antd';
import { LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { useAppearance } from '../../app/appearance';
import { Asked, Nothing } from '../../app/states';
import { palette } from '../../app/theme';
import { metricsQuery, trendQuery } from './queries';
import { useWords } from './words';

echarts.use([LineChart, GridComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

const periods = [30, 90, 365] as const;

/** One metric by day: as a line, and as the numbers behind it. */
export function Trend() {
  const { t } = useTranslation('cockpit');
  const words = useWords();
  const metrics = useQuery(metricsQuery);
  const [metric, choose] = useState('memberships_active');
  const [days, during] = useState<number>(30);
  const trend = useQuery(trendQuery(metric, days));
  const known = metrics.data?.find((candidate) => candidate.metric === metric);
  return (
    <>
      <div className="trend-choice">
        <Select
          aria-label={t('metric')}
          value={metric}
          onChange={choose}
          loading={metrics.isLoading}
          options={(metrics.data ?? []).filter((one) => one.dimensions.includes('day')).map((one) => ({ value: one.metric, label: words.title(one) }))}
        />
        <Segmented<number> aria-label={t('range')} value={days} onChange={during} options={periods.map((value) => ({ value, label: t('days', { count: value }) }))} />
      </div>
      <Asked query={trend} rows={6}>
        {({ values }) =>
          values.length === 0 ? (
            <Nothing text={t('nothing')} />
          ) : (
            <>
              <Line values={values} title={known ? words.title(known) : metric} />
              <details className="as-table">
                <summary>{t('asTable')}</summary>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{t('day')}</th>
                      <th scope="col">{t('value')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {values.toReversed().map((value) => (
                      <tr key={value.key}>
                        <td>{value.key}</td>
                        <td>{words.number(value.value)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </details>
            </>
          )
        }
      </Asked>
      {known && (
        <p className="soft trend-source">
          {words.english ? known.definitionEn : known.definitionZh}
        </p>
      )}
    </>
  );
}

function Line({ values, title }: { values: readonly Schema<'MetricValue'>[]; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const { mode } = useAppearance();
  const words = useWords();
  useEffect(() => {
    if (!place.current) return;
    const made = echarts.init(place.current);
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const colours = palette[mode];
    chart.current?.setOption({
      aria: { enabled: true, label: { description: title } },
      animation: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      grid: { left: 8, right: 16, top: 16, bottom: 4, outerBoundsMode: 'same' },
      // Drawn, not written as HTML: the page allows no inline styles.
      tooltip: { trigger: 'axis', renderMode: 'richText', valueFormatter: (value: unknown) => words.number(Number(value)) },
      xAxis: { type: 'category', data: values.map((value) => value.key.slice(5)), boundaryGap: false, axisLabel: { color: colours.soft, fontSize: 13 }, axisLine: { lineStyle: { color: colours.line } } },
      yAxis: { type: 'value', minInterval: 1, axisLabel: { color: colours.soft, fontSize: 13, formatter: (value: number) => words.short(value) }, splitLine: { lineStyle: { color: colours.line } } },
      series: [{ name: title, type: 'line', data: values.map((value) => Number(value.value)), showSymbol: values.length < 40, symbolSize: 6, lineStyle: { width: 3, color: colours.accent }, itemStyle: { color: colours.accent }, areaStyle: { color: colours.accent, opacity: 0.12 } }],
    });
  }, [values, title, mode, words]);
  return <div className="trend" ref={place} role="img" aria-label={title} />;
}
