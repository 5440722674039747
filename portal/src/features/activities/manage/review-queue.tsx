import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { Fact, FactGrid } from '../../../ui/fact-grid';
import { useMoment } from '../../../ui/moment';
import { PagedList } from '../../../ui/paged-list';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { EmptyState } from '../../../ui/states';
import { CaseTimeline } from '../../approvals';
import { Cover } from '../public/cover';
import { affectedBy, reviewsQuery } from './queries';
import { ReviewedForm } from './reviewed-form';
import '../../../ui/content.css';

type Review = Schema<'ActivityReview'>;
type Decision = 'PASS' | 'RETURN' | 'REJECT';

/** The activities of an organisation that wait for a review of their content, the longest waiting first. */
export function ContentReview() {
  const { t } = useTranslation('activities-manage');
  const { organisationId } = useDesk();
  const list = useInfiniteQuery(reviewsQuery(organisationId));
  const counts = list.data?.pages.at(-1);
  return (
    <>
      <p className="lead">{t('review.lead')}</p>
      {counts !== undefined && counts.waiting > 0 && (
        <p className={counts.overdue > 0 ? 'overdue' : 'soft'}>
          {t('review.waiting', { count: counts.waiting })}
          {counts.overdue > 0 && t('review.overdue', { count: counts.overdue })}
        </p>
      )}
      <PagedList
        query={list}
        itemsOf={(page) => page.reviews}
        rows={8}
        empty={<EmptyState text={t('review.nothing')} />}
      >
        {(reviews) => (
          <ul className="stack">
            {reviews.map((review) => (
              <Item
                key={`${review.activity?.activityId} ${review.case?.step} ${review.activity?.etag}`}
                organisationId={organisationId}
                review={review}
              />
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

function Item({ organisationId, review }: { organisationId: string; review: Review }) {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  const confirm = useConfirm();
  const [form] = Form.useForm<{ reason?: string }>();
  const { run, busy } = useCommand(form);
  const [asked, setAsked] = useState<'RETURN' | 'REJECT' | null>(null);
  const { activity, case: held } = review;
  if (!activity || !held) return null;
  const { activityId, etag, title } = activity;
  const refreshes = [reviewsQuery(organisationId).queryKey, ...affectedBy(organisationId, activityId)];
  const decide = async (decision: Decision, reason = '') => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}:decide', {
            params: { path: { activityId }, header: { ...header, ...ifMatch(etag) } },
            body: { step: held.step, decision, reason },
          }),
        ),
      { success: t(`review.done.${decision}`), sends: decision + reason, refreshes },
    );
    if (done) setAsked(null);
  };
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h2>{title}</h2>
        </div>
        <FactGrid>
          <Fact name={t('form.kind')}>{label('ActivityKind', activity.kind)}</Fact>
          <Fact name={t('when')}>{moment.range(activity.startsAt, activity.endsAt)}</Fact>
          <Fact name={t('form.place')}>{activity.place}</Fact>
          <Fact name={t('form.capacity')}>{activity.capacity}</Fact>
        </FactGrid>
        <Cover cover={activity.cover} sizes="(max-width: 900px) 100vw, 480px" />
        <p className="long-text">{activity.description}</p>
        <ReviewedForm activity={activity} />
        <CaseTimeline held={held} />
      </div>
      <div className="stack-acts">
        {held.decidable ? (
          <>
            {!held.mayPass && <span className="soft">{t('review.notPass')}</span>}
            {held.mayPass && (
              <Button
                type="primary"
                loading={busy && asked === null}
                onClick={() =>
                  confirm({
                    title: t('review.passTitle', { title }),
                    content: t(held.step === held.steps ? 'review.passLastText' : 'review.passText'),
                    confirm: t('review.decision.PASS'),
                    danger: false,
                    onConfirm: () => decide('PASS'),
                  })
                }
              >
                {t('review.decision.PASS')}
              </Button>
            )}
            {held.mayReturn && <Button onClick={() => setAsked('RETURN')}>{t('review.decision.RETURN')}</Button>}
            {held.mayReject && (
              <Button danger onClick={() => setAsked('REJECT')}>
                {t('review.decision.REJECT')}
              </Button>
            )}
          </>
        ) : (
          <span className="soft">{t('review.notYours')}</span>
        )}
      </div>
      {asked && (
        <ReasonDialog
          form={form}
          title={t(`review.reason.${asked}`, { title })}
          lead={t('review.reasonLead')}
          confirm={t(`review.decision.${asked}`)}
          danger={asked === 'REJECT'}
          busy={busy}
          onConfirm={(reason) => void decide(asked, reason)}
          onClose={() => setAsked(null)}
        />
      )}
    </li>
  );
}
