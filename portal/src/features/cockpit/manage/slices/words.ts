import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../../api/client';
import { tileOf } from '../tiles';
import { useCockpitFormat } from '../format';

/** The words for dimensions and their values. Places and organisations bring their names along. */
export function useSliceWords() {
  const { t } = useTranslation('cockpit-slices');
  const { t: cockpit } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const dimension = (name: string) => t(`dimension.${name}`, { defaultValue: name });
  const value = (of: string, key: string, label?: string) => {
    if (key === '000000') return t('unknownPlace');
    if (of === 'province') {
      const tile = tileOf(key);
      if (tile) return words.english ? tile.en : tile.zh;
    }
    if (label) return label;
    return t(`value.${of}.${key}`, { defaultValue: t(`value.${key}`, { defaultValue: key }) });
  };
  return {
    ...words,
    dimension,
    value,
    unit: (metric: Schema<'Metric'>) => cockpit(`unit.${metric.unit}`, { defaultValue: metric.unit }),
  };
}
