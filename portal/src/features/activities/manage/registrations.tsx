import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { SideDrawer } from '../../../ui/side-drawer';
import { EmptyState } from '../../../ui/states';
import { ExportButton } from '../../exports';
import { AnswerFilter, RegistrationAnswers, registrationFormQuery } from '../../forms';
import { exportColumns, registrationAnswersQuery, registrationsQuery } from './queries';

/** Who has registered for an activity, and who was there. */
export function Registrations({ activityId }: { activityId: string }) {
  const { t } = useTranslation('activities-manage');
  const { t: exporting } = useTranslation('exports');
  const { organisationId, may, own } = useDesk();
  const label = useEnumLabel();
  const moment = useMoment();
  const [answered, setAnswered] = useState<string[]>([]);
  const list = useInfiniteQuery(registrationsQuery(activityId, answered));
  // Staff of an organisation above do not see answers, and do not filter by them.
  const form = useQuery({ ...registrationFormQuery(activityId), enabled: own('registrations.read') });
  const [read, setRead] = useState<Schema<'Registration'> | null>(null);
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
    {
      name: t('people.at'),
      cell: ({ createdAt, answersChangedAt }) => (
        <>
          {createdAt ? moment.exact(createdAt) : ''}
          {answersChangedAt && (
            <div className="soft">{t('people.changed', { moment: moment.exact(answersChangedAt) })}</div>
          )}
        </>
      ),
    },
    { name: t('people.in'), cell: ({ checkedInAt }) => (checkedInAt ? moment.exact(checkedInAt) : '–') },
  ];
  return (
    <>
      {may('registrations.export') && (
        <div className="toolbar">
          <ExportButton
            kind="REGISTRATIONS"
            organisationId={organisationId}
            columns={exportColumns}
            purpose="ACTIVITY_ORGANISATION"
            rows={exporting('allRegistrations')}
            send={(asked, header) =>
              answer(
                api.POST('/v1/activities/{activityId}/registrationExports', {
                  params: { path: { activityId }, header },
                  body: asked,
                }),
              )
            }
          />
        </div>
      )}
      {form.data && <AnswerFilter definition={form.data} value={answered} onChange={setAnswered} />}
      <ResourceTable
        query={list}
        rowsOf={(page) => page.registrations}
        keyOf={(registration) => registration.registrationId}
        columns={columns}
        actions={(registration) =>
          registration.formVersion > 0 &&
          registration.state !== 'CANCELLED' && (
            <Button size="small" onClick={() => setRead(registration)}>
              {t('people.answers')}
            </Button>
          )
        }
        empty={<EmptyState text={t(answered.length > 0 ? 'people.noneFound' : 'people.none')} />}
        lines={8}
      />
      <SideDrawer
        open={read !== null}
        title={t('people.answersOf', { name: read?.personName || read?.personNumber })}
        onClose={() => setRead(null)}
      >
        {read && <Answers registrationId={read.registrationId} />}
      </SideDrawer>
    </>
  );
}

function Answers({ registrationId }: { registrationId: string }) {
  return (
    <RegistrationAnswers query={useQuery(registrationAnswersQuery(registrationId))} registrationId={registrationId} />
  );
}
