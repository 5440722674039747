import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { tiles } from './tiles';
import { useWords } from './words';

export const measures = ['people', 'memberships', 'activities', 'attendances'] as const;
export type Measure = (typeof measures)[number];

/** Five shades are as many as an eye tells apart. By rank among those that have any, so that one giant does not pale the rest. */
export function shades(values: readonly number[]): (value: number) => number {
  const some = values.filter((value) => value > 0).toSorted((a, b) => a - b);
  return (value) => (value <= 0 ? 0 : Math.min(5, 1 + Math.floor((some.findIndex((other) => other >= value) / Math.max(1, some.length)) * 5)));
}

/** The 34 provincial units as a grid of tiles, the number in each of them: the shade only helps the eye. */
export function TileMap({ provinces, measure }: { provinces: readonly Schema<'OverviewProvince'>[]; measure: Measure }) {
  const { t } = useTranslation('cockpit');
  const words = useWords();
  const values = new Map(provinces.map((province) => [province.provinceCode, Number(province[measure])]));
  const shade = shades([...values].filter(([code]) => code !== '000000').map(([, value]) => value));
  const unknown = values.get('000000') ?? 0;
  return (
    <>
      <ul className="tile-map" aria-label={t('mapLabel', { name: t(`per.${measure}`) })}>
        {tiles.map((tile) => {
          const value = values.get(tile.code) ?? 0;
          return (
            <li key={tile.code} className={`tile shade-${shade(value)}`} style={{ gridRow: tile.row + 1, gridColumn: tile.column + 1 }} title={`${words.english ? tile.en : tile.zh} ${words.number(value)}`}>
              <span>{words.english ? tile.en : tile.zh}</span>
              <b>{words.short(value)}</b>
            </li>
          );
        })}
      </ul>
      {unknown > 0 && <p className="tile-unknown">{t('unknown', { value: words.number(unknown) })}</p>}
    </>
  );
}
