import { useTranslation } from 'react-i18next';
import type { Point } from './chart';
import { useCockpitFormat } from './format';
import { sum } from './months';
import type { Counted, Numbers } from './numbers-query';

/** A metric as the page shows it: minutes are converted to hours. */
export function useMetricView() {
  const { t } = useTranslation('cockpit-numbers');
  const { t: cockpit } = useTranslation('cockpit');
  const words = useCockpitFormat();
  return (name: Counted, numbers: Numbers) => {
    const { metric, points, freshness } = numbers[name];
    const hours = name === 'credited_minutes';
    const scaled: Point[] = hours ? points.map(({ key, value }) => ({ key, value: value / 60 })) : [...points];
    return {
      metric,
      freshness,
      points: scaled,
      title: hours ? t('hours') : words.title(metric),
      unit: hours ? t('hour') : cockpit(`unit.${metric.unit}`, { defaultValue: metric.unit }),
      // What is there counts as at the last day, what happened adds up.
      value: Math.round((metric.stock ? (scaled.at(-1)?.value ?? 0) : sum(scaled)) * 10) / 10,
    };
  };
}
