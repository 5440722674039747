import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { answer, api } from '../../../api/client';
import { organisationQuery } from '../../../api/organisations';
import { useEnumLabel } from '../../../ui/enum-label';
import { Chip } from '../../../ui/controls';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { ActivityCard } from '../../activities';
import { Mark } from './mark';
import './organisations.css';

/** One organisation: profile, whether it accepts applications, upcoming activities. */
export function OrganisationPage() {
  const { t } = useTranslation('organisations');
  const label = useEnumLabel();
  const { organisationId = '' } = useParams();
  const navigate = useNavigate();
  const organisation = useQuery(organisationQuery(organisationId));
  const activities = useQuery({
    queryKey: ['activities', 'of', organisationId],
    queryFn: () => answer(api.GET('/v1/activities', { params: { query: { organisationId, pageSize: 12 } } })),
  });
  useTitle(organisation.data?.name ?? t('title'));
  return (
    <QueryBoundary query={organisation}>
      {(found) => (
        <>
          <header className="organisation-head">
            <Mark organisation={found} />
            <div>
              <h1>{found.name}</h1>
              <p className="organisation-facts">
                <span>{found.code}</span>
                <Chip>{label('OrganisationKind', found.kind)}</Chip>
                {found.subjectClass !== 'SUBJECT_CLASS_UNSPECIFIED' && (
                  <Chip>{label('OrganisationSubjectClass', found.subjectClass)}</Chip>
                )}
              </p>
            </div>
            {found.acceptsApplications && (
              <Button type="primary" size="large" onClick={() => void navigate(`/join/${organisationId}`)}>
                {t('join')}
              </Button>
            )}
          </header>
          <p className="organisation-text">{found.introduction || t('noIntroduction')}</p>
          {found.website && (
            <p>
              <a href={found.website} rel="noreferrer" target="_blank">
                {found.website}
              </a>
            </p>
          )}
          {!found.acceptsApplications && <p className="soft">{t('closed')}</p>}
          <h2>{t('activities')}</h2>
          <QueryBoundary query={activities}>
            {({ activities: list }) =>
              list.length === 0 ? (
                <EmptyState text={t('noActivities')} />
              ) : (
                <ul className="card-grid">
                  {list.map((activity) => (
                    <li key={activity.activityId}>
                      <ActivityCard activity={activity} />
                    </li>
                  ))}
                </ul>
              )
            }
          </QueryBoundary>
        </>
      )}
    </QueryBoundary>
  );
}
