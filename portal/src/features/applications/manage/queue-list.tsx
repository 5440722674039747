import { useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { Button, Checkbox } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { MoreButton, type Paged } from '../../../ui/more-button';
import { useNotices } from '../../../ui/notices';
import { EmptyState } from '../../../ui/states';
import { TimeLimitTag } from '../time-limit';
import { ApplicationDetail } from './application';
import { after, type Decided } from './after';
import { BatchDecision } from './batch';
import type { Decision } from './decide';
import { isPlainKey } from './plain-key';
import { queueQuery, steps, type Step } from './queries';

type Page = Schema<'ListApplicationsResponse'>;

interface Props {
  organisationId: string;
  step: Step;
  /** By which answers the queue is filtered. */
  answered: readonly string[];
  may: (permission: string) => boolean;
  above: boolean;
  shortcuts: boolean;
  applications: Schema<'Application'>[];
  paged: Paged;
  refresh: () => void;
}

/** The waiting applications, the current one in full, and the decision for several at once. */
export function QueueList({
  organisationId,
  step,
  answered,
  may,
  above,
  shortcuts,
  applications,
  paged,
  refresh,
}: Props) {
  const { t } = useTranslation('applications-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  const { message } = useNotices();
  const queries = useQueryClient();
  const [at, setAt] = useState('');
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLUListElement>(null);
  const detail = useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    applications.findIndex((application) => application.applicationId === at),
  );
  const current = applications[index];
  const chosen = applications.filter((application) => ticked.has(application.applicationId));

  const toggle = (id: string) =>
    setTicked((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  /** What was decided leaves the queue at once, unless it still waits in this step; the counts follow. */
  const leave = (decided: readonly Decided[]) => {
    const ids = new Set(decided.map((one) => one.applicationId));
    const stay = new Set(decided.filter((one) => one.state === step).map((one) => one.applicationId));
    const rest = applications.filter(({ applicationId: id }) => !ids.has(id) || stay.has(id));
    const next = applications.slice(index).find((application) => !ids.has(application.applicationId)) ?? rest.at(-1);
    setAt(next?.applicationId ?? '');
    setTicked((now) => new Set([...now].filter((id) => !ids.has(id))));
    queries.setQueryData<InfiniteData<Page>>(
      queueQuery(organisationId, step, answered).queryKey,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => after(page, step, decided)),
        },
    );
    // A batch does not say how what stays looks now.
    const known = decided.every((one) => one.state !== step || one.etag !== undefined);
    for (const other of steps)
      void queries.invalidateQueries({
        queryKey: ['desk', organisationId, 'queue', other],
        refetchType: other === step && rest.length > 0 && known ? 'none' : 'active',
      });
    if (rest.length === 0) refresh();
  };
  const decided = (application: Schema<'Application'>, decision: Decision, suspended: boolean) => {
    const name = application.applicantName;
    message.success(t(suspended ? 'review.doneSuspended' : `review.done.${decision}`, { name }));
    leave([application]);
  };
  const stale = () => {
    message.warning(t('review.stale'), 6);
    refresh();
  };

  // The end of what is loaded is never the end of the queue.
  useEffect(() => {
    const near = index >= applications.length - 5;
    // A page that failed to load is not asked for again and again: the button is there for that.
    if (near && paged.hasNextPage && !paged.isFetchingNextPage && !paged.isFetchNextPageError)
      void paged.fetchNextPage();
  }, [index, applications.length, paged]);
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [current?.applicationId]);
  useEffect(() => {
    if (!shortcuts) return;
    const listen = (event: KeyboardEvent) => {
      if (!isPlainKey(event) || document.querySelector('[role="dialog"]')?.checkVisibility()) return;
      const way = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      const target = applications[index + way];
      if (way && target) setAt(target.applicationId);
      if (event.key === 's' && current && !above) toggle(current.applicationId);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  });

  if (!current)
    return (
      <EmptyState
        text={t(answered.length > 0 ? 'review.noneFound' : `review.empty.${step}`)}
        action={<Button onClick={refresh}>{t('review.look')}</Button>}
      />
    );
  const all = chosen.length === applications.length;
  return (
    <div className="review">
      <section className="review-list" aria-label={t('review.waiting')}>
        <div className="review-all">
          {!above && (
            <Checkbox
              checked={all}
              indeterminate={chosen.length > 0 && !all}
              onChange={() =>
                setTicked(
                  all ? new Set() : new Set(applications.slice(0, 200).map((application) => application.applicationId)),
                )
              }
            >
              {t('review.all')}
            </Checkbox>
          )}
          <Button size="small" type="text" onClick={refresh}>
            {t('review.refresh')}
          </Button>
        </div>
        <ul ref={list}>
          {applications.map((application) => (
            <li key={application.applicationId} className={application === current ? 'here' : ''}>
              {!above && (
                <Checkbox
                  aria-label={t('review.tickOne', { name: application.applicantName })}
                  checked={ticked.has(application.applicationId)}
                  onChange={() => toggle(application.applicationId)}
                />
              )}
              <button
                type="button"
                {...(application === current ? { 'aria-current': true } : {})}
                onClick={() => {
                  setAt(application.applicationId);
                  if (window.matchMedia('(max-width: 900px)').matches)
                    detail.current?.scrollIntoView({ block: 'start' });
                }}
              >
                <strong>{application.applicantName || t('review.noName')}</strong>
                <span className="soft">{label('MembershipCategory', application.category)}</span>
                <span className="review-where">{application.form?.employer}</span>
                <span className="soft">{application.submittedAt ? moment.day(application.submittedAt) : ''}</span>
                <TimeLimitTag limit={application.reviewDeadline} />
              </button>
            </li>
          ))}
        </ul>
        <MoreButton query={paged} look="line" />
      </section>
      <div className="review-detail" ref={detail}>
        <BatchDecision
          organisationId={organisationId}
          step={step}
          chosen={chosen}
          may={may}
          onDone={leave}
          onClear={() => setTicked(new Set())}
        />
        <ApplicationDetail
          key={current.applicationId + current.etag}
          application={current}
          step={step}
          may={may}
          above={above}
          shortcuts={shortcuts}
          onDecided={decided}
          onStale={stale}
        />
      </div>
    </div>
  );
}
