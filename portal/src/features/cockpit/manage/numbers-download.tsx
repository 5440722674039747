import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRights } from '../../../api/rights';
import type { Schema } from '../../../api/client';
import { download } from '../../../ui/csv';
import { useCockpitFormat } from './format';
import { useMetricView } from './metric-view';
import { byMonth } from './months';
import { counted, type Numbers } from './numbers-query';
import type { Range } from './range';

/** Downloads what the page shows as CSV: each number in total, and month by month. */
export function NumbersDownload({
  organisationId,
  numbers,
  range,
}: {
  organisationId: string;
  numbers: Numbers;
  range: Range;
}) {
  const { t } = useTranslation('cockpit-numbers');
  const words = useCockpitFormat();
  const shown = useMetricView();
  const organisation: Schema<'Organisation'> | undefined = useRights(organisationId).organisation;
  const save = () => {
    const name = organisation?.name ?? '';
    const period = `${range.fromDay} – ${range.toDay}`;
    const rows = counted.flatMap((metric) => {
      const { title, unit, value, points, metric: meant } = shown(metric, numbers);
      const definition = words.english ? meant.definitionEn : meant.definitionZh;
      return [
        [name, title, unit, meant.stock ? range.toDay : period, value, definition],
        ...byMonth(points, meant.stock).map((month) => [
          name,
          title,
          unit,
          month.key,
          Math.round(month.value * 10) / 10,
          definition,
        ]),
      ];
    });
    download(`${name} ${t('name')} ${range.fromDay} ${range.toDay}`, [
      [t('csv.organisation'), t('csv.metric'), t('csv.unit'), t('csv.when'), t('csv.value'), t('csv.meaning')],
      ...rows,
    ]);
  };
  return (
    <Button icon={<DownloadOutlined aria-hidden />} onClick={save}>
      {t('download')}
    </Button>
  );
}
