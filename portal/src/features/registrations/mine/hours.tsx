import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { useEnumLabel } from '../../../ui/enum-label';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';
import { creditsQuery } from './queries';
import { hoursOf } from './hours-format';
import './registrations.css';

/** What I have been credited for attending. */
export function MyHours() {
  const { t, i18n } = useTranslation('registrations');
  const label = useEnumLabel();
  useTitle(t('hours'));
  const navigate = useNavigate();
  const moment = useMoment();
  const list = useInfiniteQuery(creditsQuery);
  return (
    <>
      <h1>{t('hours')}</h1>
      <p className="lead">{t('hoursLead')}</p>
      <PagedList
        query={list}
        itemsOf={(page) => page.credits}
        empty={
          <EmptyState
            text={t('noHours')}
            action={<Button onClick={() => void navigate('/activities')}>{t('find')}</Button>}
          />
        }
      >
        {(all, pages) => (
          <>
            <p className="paper hours-total">
              {t('total')} <strong>{hoursOf(Number(pages[0]?.totalMinutes ?? 0), i18n.language)}</strong>{' '}
              {t('hoursUnit')}
            </p>
            <ul className="stack">
              {all.map((credit) => (
                <li key={credit.creditId} className="stack-item">
                  <div>
                    <div className="stack-head">
                      <h2>
                        <Link to={`/activities/${credit.activityId}`}>{credit.activityTitle}</Link>
                      </h2>
                      <Tag>{label('ActivityKind', credit.kind)}</Tag>
                    </div>
                    <p className="soft">
                      {credit.organisationName}
                      {credit.creditedAt && ` · ${moment.day(credit.creditedAt)}`}
                    </p>
                  </div>
                  <div className="hours-value">
                    {t('hoursValue', { hours: hoursOf(credit.minutes, i18n.language) })}
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </PagedList>
    </>
  );
}
