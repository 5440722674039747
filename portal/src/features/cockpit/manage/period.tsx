import { Input, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { rangeOf, spans, type Range } from './range';
import { useToday } from './today';
import './cockpit.css';

/** The period on view; it stands in the address, so that a link to the page shows the same. */
export function useRange(): {
  range: Range;
  choose: (wanted: { days: number } | { from: string; to: string }) => void;
} {
  const today = useToday();
  const [search, setSearch] = useSearchParams();
  return {
    range: rangeOf(search, today),
    choose: (wanted) =>
      setSearch(
        (now) => {
          for (const name of ['days', 'from', 'to']) now.delete(name);
          for (const [name, value] of Object.entries(wanted)) now.set(name, String(value));
          return now;
        },
        { replace: true },
      ),
  };
}

/** Chooses a period: so many days back, or from one day to another. */
export function PeriodChoice({ range, choose }: ReturnType<typeof useRange>) {
  const { t } = useTranslation('cockpit');
  const today = useToday();
  const { fromDay, toDay, days } = range;
  return (
    <div className="period" role="group" aria-label={t('range')}>
      <Segmented<number>
        aria-label={t('range')}
        value={days}
        onChange={(value) => choose(value === 0 ? { from: fromDay, to: toDay } : { days: value })}
        options={[
          ...spans.map<{ value: number; label: string }>((value) => ({ value, label: t(`span.${value}`) })),
          { value: 0, label: t('span.own') },
        ]}
      />
      {days === 0 && (
        <span className="period-days">
          <Input
            type="date"
            aria-label={t('from')}
            value={fromDay}
            max={toDay}
            onChange={({ target }) => target.value && choose({ from: target.value, to: toDay })}
          />
          <span aria-hidden>–</span>
          <Input
            type="date"
            aria-label={t('to')}
            value={toDay}
            min={fromDay}
            max={today}
            onChange={({ target }) => target.value && choose({ from: fromDay, to: target.value })}
          />
        </span>
      )}
    </div>
  );
}
