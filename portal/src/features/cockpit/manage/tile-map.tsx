import { useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { neighbour, tiles } from './tiles';
import { useCockpitFormat } from './format';

export const measures = ['people', 'memberships', 'activities', 'attendances'] as const;
export type Measure = (typeof measures)[number];

/** Readers whose permission covers only some organisations see no people: people belong to none. */
export const measuresOf = (overview: Schema<'Overview'>): Measure[] =>
  measures.filter(
    (measure) => measure !== 'people' || overview.figures.some((figure) => figure.metric === 'people_registered'),
  );

/** Five shades are as many as an eye tells apart. By rank among those that have any, so that one giant does not pale the rest. */
export function shades(values: readonly number[]): (value: number) => number {
  const some = values.filter((value) => value > 0).toSorted((a, b) => a - b);
  return (value) =>
    value <= 0 ? 0 : some.length === 1 ? 5 : 1 + Math.round((some.indexOf(value) / (some.length - 1)) * 4);
}

/**
 * The 34 provincial units as a grid of tiles, the number in each of them: the shade only helps the eye. Each leads to its
 * cities; the arrow keys go from tile to tile.
 */
export function TileMap({
  provinces,
  measure,
  to,
}: {
  provinces: readonly Schema<'OverviewProvince'>[];
  measure: Measure;
  to: (provinceCode: string) => string;
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const list = useRef<HTMLUListElement>(null);
  const values = new Map(provinces.map((province) => [province.provinceCode, Number(province[measure])]));
  const shade = shades([...values].filter(([code]) => code !== '000000').map(([, value]) => value));
  const unknown = values.get('000000') ?? 0;
  const move = (event: KeyboardEvent, code: string) => {
    const next = neighbour(code, event.key);
    if (!next) return;
    event.preventDefault();
    list.current?.querySelector<HTMLElement>(`[data-code="${next}"]`)?.focus();
  };
  return (
    <>
      <ul className="tile-map" ref={list} aria-label={t('mapLabel', { name: t(`per.${measure}`) })}>
        {tiles.map((tile) => {
          const value = values.get(tile.code) ?? 0;
          const name = words.english ? tile.en : tile.zh;
          return (
            <li key={tile.code} style={{ gridRow: tile.row + 1, gridColumn: tile.column + 1 }}>
              <Link
                className={`tile shade-${shade(value)}`}
                to={to(tile.code)}
                data-code={tile.code}
                title={`${name} ${words.number(value)}`}
                onKeyDown={(event) => move(event, tile.code)}
              >
                <span>{name}</span>
                <b>{words.short(value)}</b>
              </Link>
            </li>
          );
        })}
      </ul>
      {unknown > 0 && <p className="tile-unknown">{t('unknown', { value: words.number(unknown) })}</p>}
    </>
  );
}
