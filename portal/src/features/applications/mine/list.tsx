import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Alert, Button, Tag, Timeline } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { PagedList } from '../../../ui/paged-list';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { discardDraft } from './draft';
import { applicationHistoryQuery, myApplicationsQuery, open, writable, type Application } from '../queries';
import { CaseTimeline } from '../../approvals';
import { TimeLimit } from '../time-limit';
import './applications.css';

const colours = {
  DRAFT: 'default',
  IN_FIRST_REVIEW: 'processing',
  IN_FINAL_REVIEW: 'processing',
  RETURNED: 'warning',
  APPROVED: 'success',
  REJECTED: 'error',
  WITHDRAWN: 'default',
  STATE_UNSPECIFIED: 'default',
} as const;

/** My applications: where each of them stands, and what I can do about it. */
export function MyApplications() {
  const { t } = useTranslation('applications');
  useTitle(t('title'));
  const navigate = useNavigate();
  const list = useInfiniteQuery(myApplicationsQuery);
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <PagedList
        query={list}
        itemsOf={(page) => page.applications}
        empty={
          <EmptyState
            text={t('nothing')}
            action={
              <Button type="primary" onClick={() => void navigate('/organisations')}>
                {t('find')}
              </Button>
            }
          />
        }
      >
        {(all) => (
          <ul className="stack">
            {all.map((application) => (
              <Item key={application.applicationId} application={application} />
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

function Item({ application }: { application: Application }) {
  const { t } = useTranslation('applications');
  const label = useEnumLabel();
  const moment = useMoment();
  const navigate = useNavigate();
  const [shown, setShown] = useState(false);
  const { applicationId, organisationId, organisationName, category, state, decisionReason, submittedAt, createdAt } =
    application;
  const withdraw = useWithdraw(application);
  const history = `history-${applicationId}`;
  return (
    <li className={`stack-item ${state === 'RETURNED' ? 'now' : ''}`}>
      <div>
        <div className="stack-head">
          <h2>
            <Link to={`/organisations/${organisationId}`}>{organisationName}</Link>
          </h2>
          <Tag color={colours[state]}>{label('ApplicationState', state)}</Tag>
        </div>
        <p className="soft">
          {label('MembershipCategory', category)}
          {submittedAt
            ? ` · ${t('submittedAt', { moment: moment.exact(submittedAt) })}`
            : createdAt && ` · ${t('createdAt', { moment: moment.exact(createdAt) })}`}
        </p>
        <p className="soft">{t(`next.${state}`)}</p>
        <TimeLimit application={application} desk={false} />
        {application.case?.state === 'WAITING' && <CaseTimeline held={application.case} />}
      </div>
      <div className="stack-acts">
        {writable(application) && (
          <Button type="primary" onClick={() => void navigate(`/join/${organisationId}`)}>
            {t(state === 'RETURNED' ? 'correct' : 'continue')}
          </Button>
        )}
        {state === 'APPROVED' && (
          <Button type="primary" onClick={() => void navigate('/me/memberships')}>
            {t('card')}
          </Button>
        )}
        {open(application) && <Button onClick={withdraw}>{t(state === 'DRAFT' ? 'discard' : 'withdraw')}</Button>}
        <Button type="text" aria-expanded={shown} aria-controls={history} onClick={() => setShown(!shown)}>
          {t(shown ? 'hideHistory' : 'showHistory')}
        </Button>
      </div>
      {decisionReason && (
        <div className="stack-wide">
          <Alert
            type={state === 'REJECTED' ? 'error' : 'warning'}
            showIcon
            title={t(state === 'REJECTED' ? 'rejectedWhy' : 'returnedWhy')}
            description={decisionReason}
          />
        </div>
      )}
      <div id={history} className="stack-wide" hidden={!shown}>
        {shown && <History applicationId={applicationId} />}
      </div>
    </li>
  );
}

function useWithdraw({ applicationId, organisationId, organisationName, state }: Application) {
  const draft = state === 'DRAFT';
  const { t } = useTranslation('applications');
  const { run } = useCommand();
  const confirm = useConfirm();
  return () =>
    confirm({
      title: t(draft ? 'discardTitle' : 'withdrawTitle', { organisation: organisationName }),
      content: t(draft ? 'discardText' : 'withdrawText'),
      confirm: t(draft ? 'discard' : 'withdraw'),
      cancel: t(draft ? 'keepDraft' : 'keep'),
      onConfirm: async () => {
        const taken = await run(
          (header) =>
            answer(
              api.POST('/v1/applications/{applicationId}:withdraw', {
                params: { path: { applicationId }, header },
                body: {},
              }),
            ),
          {
            success: t(draft ? 'discarded' : 'withdrawn'),
            refreshes: [myApplicationsQuery.queryKey, ['me', 'application-history', applicationId]],
          },
        );
        if (taken) discardDraft(organisationId);
      },
    });
}

function History({ applicationId }: { applicationId: string }) {
  const { t } = useTranslation('applications');
  const moment = useMoment();
  const history = useQuery(applicationHistoryQuery(applicationId));
  return (
    <QueryBoundary query={history} rows={3}>
      {(steps) => (
        <Timeline
          className="application-history"
          items={steps.map((step) => ({
            content: (
              <>
                <strong>{t(`step.${step.toState}`)}</strong>{' '}
                <span className="soft">{t(step.actor === 'applicant' ? 'byMe' : 'bySociety')}</span>
                <br />
                <span className="soft">{step.occurredAt && moment.exact(step.occurredAt)}</span>
                {step.reason && <p>{step.reason}</p>}
              </>
            ),
          }))}
        />
      )}
    </QueryBoundary>
  );
}
