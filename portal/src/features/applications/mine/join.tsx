import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Navigate, useLocation, useNavigate, useParams } from 'react-router';
import { organisationQuery } from '../../../api/organisations';
import { useMe } from '../../../api/me';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { SignedIn } from '../../../ui/signed-in';
import { applicationFormQuery } from '../../forms';
import { membershipsQuery } from '../../memberships';
import { personQuery } from '../../../api/person';
import { openApplicationQuery, writable } from '../queries';
import { Wizard } from './wizard';
import '../../../ui/content.css';
import './applications.css';

/** Joining a society, from the first visit to a corrected application. */
export function Join() {
  return (
    <SignedIn>
      <JoinFlow />
    </SignedIn>
  );
}

function JoinFlow() {
  const { t } = useTranslation('applications');
  const { organisationId = '' } = useParams();
  const location = useLocation();
  const me = useMe();
  const organisation = useQuery(organisationQuery(organisationId));
  const person = useQuery(personQuery);
  const application = useQuery(openApplicationQuery(organisationId));
  const memberships = useInfiniteQuery(membershipsQuery);
  const begun = application.data?.formVersion;
  // An application that was begun keeps its version; a new one begins with what is published now.
  const asked = useQuery({
    ...applicationFormQuery(organisationId, begun ?? 0),
    enabled: application.isSuccess,
  });
  useTitle(t('join', { organisation: organisation.data?.name ?? '' }));
  if (person.data && !person.data.verifiedAt) {
    return <Navigate to={`/me/person?next=${encodeURIComponent(location.pathname)}`} replace />;
  }
  return (
    <section className="join">
      <QueryBoundary query={organisation}>
        {(society) => (
          <>
            <h1>{t('join', { organisation: society.name })}</h1>
            <QueryBoundary query={person}>
              {(known) => (
                <QueryBoundary query={memberships}>
                  {(mine) => (
                    <QueryBoundary query={application} rows={6}>
                      {(held) => {
                        const member = mine.pages
                          .flatMap((page) => page.memberships)
                          .some(
                            (membership) =>
                              membership.organisationId === organisationId && membership.state !== 'RESIGNED',
                          );
                        if (member)
                          return <StateNotice title={t('isMember')} to="/me/memberships" action={t('card')} />;
                        if (held && !writable(held))
                          return (
                            <StateNotice
                              title={t(`next.${held.state}`)}
                              to="/me/applications"
                              action={t('seeApplications')}
                            />
                          );
                        if (!held && !society.acceptsApplications)
                          return <StateNotice title={t('closed')} to="/organisations" action={t('find')} />;
                        return (
                          <QueryBoundary query={asked} rows={6}>
                            {({ definition }) => (
                              <Wizard
                                key={organisationId}
                                organisation={society}
                                person={known}
                                accountId={me.data?.accountId ?? ''}
                                application={held ?? undefined}
                                asked={held?.formVersion === 0 ? nothing : definition}
                              />
                            )}
                          </QueryBoundary>
                        );
                      }}
                    </QueryBoundary>
                  )}
                </QueryBoundary>
              )}
            </QueryBoundary>
          </>
        )}
      </QueryBoundary>
    </section>
  );
}

/** What an application answers that was begun before the society asked anything. */
const nothing = { pages: [] };

function StateNotice({ title, to, action }: { title: string; to: string; action: string }) {
  const navigate = useNavigate();
  return (
    <Alert type="info" showIcon title={title} action={<Button onClick={() => void navigate(to)}>{action}</Button>} />
  );
}
