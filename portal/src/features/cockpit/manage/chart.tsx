import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../../../ui/appearance';
import { colours, REM, space, text } from '../../../ui/tokens';
import { useCockpitFormat } from './format';

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

/** One value on the way: a day or a month, and how much. */
export interface Point {
  key: string;
  value: number;
}

/** One measure over time as a line or as bars, and the numbers behind it as a table for those who want to read them. */
export function Chart({
  kind,
  points,
  title,
  unit,
  period,
  plain = false,
}: {
  kind: 'line' | 'bar';
  points: readonly Point[];
  title: string;
  unit: string;
  period: string;
  /** Without the table: the page has one of its own. */
  plain?: boolean;
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  if (plain) return <Drawing kind={kind} points={points} title={title} unit={unit} />;
  return (
    <>
      <Drawing kind={kind} points={points} title={title} unit={unit} />
      <details className="as-table">
        <summary>{t('asTable')}</summary>
        {/* What scrolls has to be reachable with the keyboard. */}
        <div className="scrolls" tabIndex={0} role="region" aria-label={`${title} · ${t('asTable')}`}>
          <table>
            <caption className="visually-hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{period}</th>
                <th scope="col">
                  {title}
                  {unit && `（${unit}）`}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map((point) => (
                <tr key={point.key}>
                  <th scope="row">{point.key}</th>
                  <td>{words.number(point.value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Drawing({
  kind,
  points,
  title,
  unit,
}: {
  kind: 'line' | 'bar';
  points: readonly Point[];
  title: string;
  unit: string;
}) {
  const { t } = useTranslation('cockpit');
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const { mode } = useAppearance();
  const words = useCockpitFormat();
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
    const colour = colours[mode];
    chart.current?.setOption({
      animation: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      grid: {
        left: space[2] * REM,
        right: space[4] * REM,
        top: space[4] * REM,
        bottom: space[1] * REM,
        outerBoundsMode: 'same',
      },
      // Drawn, not written as HTML, so that it needs nothing of the page's policy.
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        confine: true,
        valueFormatter: (value: unknown) => `${words.number(Number(value))} ${unit}`,
      },
      // A year is read once; the days of one chart differ in month and day.
      xAxis: {
        type: 'category',
        data: points.map((point) => point.key),
        boundaryGap: kind === 'bar',
        axisLabel: {
          color: colour.textMuted,
          fontSize: text['2xs'] * REM,
          formatter: (key: string) => (/^\d{4}-\d{2}-\d{2}$/.test(key) ? key.slice(5) : key),
        },
        axisLine: { lineStyle: { color: colour.border } },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        axisLabel: {
          color: colour.textMuted,
          fontSize: text['2xs'] * REM,
          formatter: (value: number) => words.short(value),
        },
        splitLine: { lineStyle: { color: colour.border } },
      },
      series: [
        kind === 'bar'
          ? {
              name: title,
              type: 'bar',
              data: points.map((point) => point.value),
              barMaxWidth: 36,
              itemStyle: { color: colour.accent, borderRadius: [4, 4, 0, 0] },
            }
          : {
              name: title,
              type: 'line',
              data: points.map((point) => point.value),
              showSymbol: points.length < 40,
              symbolSize: 6,
              lineStyle: { width: 3, color: colour.accent },
              itemStyle: { color: colour.accent },
              areaStyle: { color: colour.accent, opacity: 0.12 },
            },
      ],
    });
  }, [kind, points, title, unit, mode, words]);
  const values = points.map((point) => point.value);
  const last = points.at(-1);
  const label = last
    ? t('chartLabel', {
        title,
        from: points[0]?.key,
        to: last.key,
        last: words.number(last.value),
        least: words.number(Math.min(...values)),
        most: words.number(Math.max(...values)),
        unit,
      })
    : title;
  return <div className="trend" ref={place} role="img" aria-label={label} />;
}
