import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { myGrantsQuery, rolesQuery } from '../../../api/me';
import { useRights } from '../../../api/rights';
import { useAdministration } from '../../../ui/area-page';
import { QueryBoundary, NotAllowed } from '../../../ui/states';
import { OrganisationChooser } from '../../organisations';
import { administered, fits } from './administered';
import { GrantForm } from './grant-form';
import { GrantList } from './grant-list';
import { Proposals } from './proposals';

/** Who may do what in an organisation. */
export function Grants() {
  const { t } = useTranslation('grants');
  const { places } = useAdministration();
  const roles = useQuery(rolesQuery);
  const [search, setSearch] = useSearchParams();
  const here = search.get('organisation') || places[0]?.organisationId || '';
  const rights = useRights(here);
  const mine = useQuery(myGrantsQuery);
  // Other roles are not offered: the platform would refuse them.
  const headquarters = rights.organisation?.kind === 'HEADQUARTERS';
  const givable = administered(roles.data ?? [], mine.data ?? [], rights.above, headquarters);
  const proposes = (roles.data ?? []).some((role) => role.twoPeople && givable.has(role.role) && headquarters);
  return (
    <>
      <p className="soft">{t('lead')}</p>
      <QueryBoundary query={roles} rows={8}>
        {(all) => (
          <>
            <OrganisationChooser
              places={places}
              value={here}
              onChange={(organisation) => setSearch({ organisation }, { replace: true })}
            />
            {rights.ready && !rights.may('grants.manage') ? (
              <NotAllowed />
            ) : (
              <>
                <GrantForm
                  key={`give ${here}`}
                  organisationId={here}
                  roles={all.filter((role) => givable.has(role.role) && fits(role, headquarters))}
                />
                {proposes && <Proposals key={`proposals ${here}`} organisationId={here} roles={all} />}
                <GrantList key={here} organisationId={here} roles={all} givable={givable} />
              </>
            )}
          </>
        )}
      </QueryBoundary>
    </>
  );
}
