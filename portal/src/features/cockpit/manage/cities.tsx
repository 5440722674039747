import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { EmptyState } from '../../../ui/states';
import { measures, type Measure } from './tile-map';
import { useCockpitFormat } from './format';

type City = Schema<'City'>;

/** The cities by one measure, the largest first; what has no known city comes last, as the platform sends it. */
export function ranked(cities: readonly City[], measure: Measure, provinceCode: string): City[] {
  const unknown = (city: City) => Number(city.divisionCode === provinceCode);
  return cities.toSorted(
    (a, b) =>
      unknown(a) - unknown(b) ||
      Number(b[measure]) - Number(a[measure]) ||
      a.divisionCode.localeCompare(b.divisionCode),
  );
}

export function useCityName(provinceCode: string) {
  const { t } = useTranslation('cockpit');
  return (city: City) => (city.divisionCode === provinceCode ? t('noCity') : city.name);
}

/** The cities of a province: a bar for the chosen measure, and every number. */
export function Cities({
  cities,
  measure,
  provinceCode,
}: {
  cities: readonly City[];
  measure: Measure;
  provinceCode: string;
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const nameOf = useCityName(provinceCode);
  if (cities.length === 0) return <EmptyState text={t('noCities')} />;
  const most = Math.max(1, ...cities.map((city) => Number(city[measure])));
  return (
    <div className="ranking">
      <table>
        <caption className="visually-hidden">{t('cities')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('city')}</th>
            {measures.map((name) => (
              <th scope="col" key={name} {...(name === measure ? { 'aria-sort': 'descending' as const } : {})}>
                {t(`per.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranked(cities, measure, provinceCode).map((city) => (
            <tr key={city.divisionCode}>
              <th scope="row">
                {nameOf(city)}
                <i aria-hidden style={{ width: `${(Number(city[measure]) / most) * 100}%` }} />
              </th>
              {measures.map((name) => (
                <td key={name} data-name={t(`per.${name}`)} className={name === measure ? 'chosen' : ''}>
                  {words.number(city[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
