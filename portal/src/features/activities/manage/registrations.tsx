import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { registrationsQuery } from './queries';

/** Who has registered for an activity, and who was there. */
export function Registrations({ activityId }: { activityId: string }) {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  const list = useInfiniteQuery(registrationsQuery(activityId));
  const columns: Column<Schema<'Registration'>>[] = [
    {
      name: t('people.name'),
      cell: ({ personName, personNumber }) => (
        <span>
          {personName || <span className="soft">{t('people.unverified')}</span>}{' '}
          <span className="soft mono">{personNumber}</span>
        </span>
      ),
    },
    { name: t('people.state'), cell: ({ state }) => label('RegistrationState', state, 'staff') },
    { name: t('people.at'), cell: ({ createdAt }) => (createdAt ? moment.exact(createdAt) : '') },
    { name: t('people.in'), cell: ({ checkedInAt }) => (checkedInAt ? moment.exact(checkedInAt) : '–') },
  ];
  return (
    <ResourceTable
      query={list}
      rowsOf={(page) => page.registrations}
      keyOf={(registration) => registration.registrationId}
      columns={columns}
      empty={<EmptyState text={t('people.none')} />}
      lines={8}
    />
  );
}
