import { useQuery } from '@tanstack/react-query';
import { Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { useDay } from '../../ui/moment';
import { QueryBoundary } from '../../ui/states';
import { applicationQuery, type Application } from './queries';
import './time-limit.css';

type Limit = Schema<'ReviewDeadline'>;

/** So near an end the list says how many days are left. */
const SOON = 2;

/** Until when the organisation decides, in a sentence, and on demand how that was counted. `desk`: said to those who decide. */
export function TimeLimit({ application, desk }: { application: Application; desk: boolean }) {
  const { t } = useTranslation('time-limit');
  const [shown, setShown] = useState(false);
  const limit = application.reviewDeadline;
  if (!limit) return null;
  return (
    <div className="time-limit">
      <p className={limit.overdue && desk ? 'overdue' : 'soft'}>
        <Sentence limit={limit} desk={desk} />
      </p>
      {limit.dueOn && (
        <details onToggle={(event) => setShown(event.currentTarget.open)}>
          <summary>{t('how')}</summary>
          {shown && <Counted application={application} />}
        </details>
      )}
    </div>
  );
}

function Sentence({ limit, desk }: { limit: Limit; desk: boolean }) {
  const { t } = useTranslation('time-limit');
  const day = useDay();
  const side = desk ? 'desk' : 'mine';
  const values = {
    due: day(limit.dueOn),
    days: limit.workingDays,
    year: limit.unannouncedYear,
    count: limit.workingDaysLeft,
  };
  if (!limit.dueOn) return t(`${side}.unannounced`, values);
  return t(`${side}.${limit.overdue ? 'overdue' : 'open'}`, values);
}

/** The days, as the calendar of the State Council has them. */
function Counted({ application }: { application: Application }) {
  const { t, i18n } = useTranslation('time-limit');
  const whole = useQuery(applicationQuery(application));
  const format = new Intl.DateTimeFormat(i18n.language === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone: 'UTC',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
  });
  return (
    <QueryBoundary query={whole} rows={3}>
      {({ reviewDeadline }) => {
        let counted = 0;
        return (
          <ol className="counted-days">
            {(reviewDeadline?.days ?? []).map(({ date, kind, occasion }) => {
              const counts = kind === 'WORKING' || kind === 'MAKE_UP';
              if (counts) counted += 1;
              return (
                <li key={date} className={counts ? 'counts' : 'soft'}>
                  <span>{format.format(new Date(`${date}T00:00:00Z`))}</span>
                  <span>{t(`kind.${kind}`, { occasion, count: counted })}</span>
                </li>
              );
            })}
          </ol>
        );
      }}
    </QueryBoundary>
  );
}

/** In a list: overdue, or almost. */
export function TimeLimitTag({ limit }: { limit: Limit | undefined }) {
  const { t } = useTranslation('time-limit');
  if (limit?.overdue) return <Tag color="error">{t('tag.overdue')}</Tag>;
  if (limit?.dueOn && limit.workingDaysLeft <= SOON)
    return <Tag color="warning">{t('tag.soon', { count: limit.workingDaysLeft })}</Tag>;
  return null;
}
