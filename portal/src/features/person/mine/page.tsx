import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useMe } from '../../../api/me';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { GuardianNeeded, needsGuardian } from '../../guardians';
import { personQuery } from '../../../api/person';
import { Verify } from './verify';
import { Workplace } from './workplace';

/** The identity of the person: verified once, shown masked from then on. */
export function PersonPage() {
  const { t } = useTranslation('person');
  const { t: guardians } = useTranslation('guardians');
  useTitle(t('title'));
  const me = useMe();
  const moment = useMoment();
  const person = useQuery(personQuery);
  const [search] = useSearchParams();
  const joining = (search.get('next') ?? '').startsWith('/join/');
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <QueryBoundary query={person}>
        {(held) => (
          <>
            {held.status !== 'VERIFIED' && joining && (
              <Alert type="info" showIcon title={t('joining')} style={{ marginBottom: 'var(--space-4)' }} />
            )}
            {needsGuardian(held) ? (
              <>
                <GuardianNeeded suspended={held.status === 'SUSPENDED'} />
                <details className="guardian-again">
                  <summary>{guardians('again')}</summary>
                  <Verify />
                </details>
              </>
            ) : (
              held.status !== 'VERIFIED' && <Verify />
            )}
            <section className="paper">
              <h2>{t('held')}</h2>
              <dl className="facts">
                <Fact name={t('number')}>{held.personNumber.replace(/(.{4})(?=.)/g, '$1 ')}</Fact>
                <Fact name={t('name')}>{held.name || t('notYet')}</Fact>
                <Fact name={t('document')}>{held.maskedDocumentNumber || t('notYet')}</Fact>
                <Fact name={t('verifiedAt')}>{held.verifiedAt ? moment.exact(held.verifiedAt) : t('notYet')}</Fact>
                {me.data && <Fact name={t('addresses')}>{me.data.maskedAddresses.join(t('comma'))}</Fact>}
                {me.data && <Fact name={t('displayName')}>{me.data.displayName}</Fact>}
              </dl>
              <p className="soft">{t('heldNote')}</p>
            </section>
            <Workplace person={held} />
            {held.status === 'VERIFIED' && (
              <p className="person-wards">
                {guardians('question')} <Link to="/me/wards">{guardians('questionDo')}</Link>
              </p>
            )}
          </>
        )}
      </QueryBoundary>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
