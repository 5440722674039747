import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Alert, Segmented, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useDesk } from '../../../api/rights';
import { QueryBoundary } from '../../../ui/states';
import { AnswerFilter, applicationFormQuery } from '../../forms';
import { ShortcutHelp } from './help';
import { queueQuery, steps, type Step } from './queries';
import { QueueList } from './queue-list';
import './review.css';

const KEY = 'desk-shortcuts';
const mayNothing = () => false;

/** The review queue of an organisation: made for hundreds a day, with the keyboard alone if wanted. */
export function Review() {
  const { organisationId, ...rights } = useDesk();
  // Staff of an organisation above see neither names nor forms, and do not decide.
  const above = !rights.own('applications.review');
  const may = above ? mayNothing : rights.may;
  const { t } = useTranslation('applications-manage');
  const { t: limit } = useTranslation('time-limit');
  const [search, setSearch] = useSearchParams();
  const step = steps.find((known) => known === search.get('step')) ?? 'IN_FIRST_REVIEW';
  const [shortcuts, setShortcuts] = useState(() => localStorage.getItem(KEY) !== 'off');
  const [answered, setAnswered] = useState<string[]>([]);
  const query = useInfiniteQuery(queueQuery(organisationId, step, answered));
  const form = useQuery({ ...applicationFormQuery(organisationId), enabled: !above });
  const counts = query.data?.pages.at(-1);
  const toggle = (on: boolean) => {
    localStorage.setItem(KEY, on ? 'on' : 'off');
    setShortcuts(on);
  };
  const label = (name: Step) => {
    const count = name === 'IN_FIRST_REVIEW' ? counts?.inFirstReview : counts?.inFinalReview;
    return t(`step.${name}`) + (count === undefined ? '' : ` ${count}`);
  };
  return (
    <>
      {above && (
        <Alert
          className="form-note"
          type="info"
          showIcon
          title={t('review.above', { organisation: rights.organisation?.name ?? '' })}
        />
      )}
      <div className="review-head">
        <Segmented<Step>
          aria-label={t('review.steps')}
          value={step}
          onChange={(value) => setSearch({ step: value }, { replace: true })}
          options={steps.map((value) => ({ value, label: label(value) }))}
        />
        <div className="review-tools">
          {shortcuts && !above && <ShortcutHelp step={step} may={may} />}
          <label className="review-keys">
            <Switch checked={shortcuts} onChange={toggle} /> {t('review.shortcuts')}
          </label>
        </div>
      </div>
      {Boolean(counts?.overdue) && <p className="review-overdue">{limit('count', { count: counts?.overdue })}</p>}
      {form.data && <AnswerFilter definition={form.data.definition} value={answered} onChange={setAnswered} />}
      <QueryBoundary query={query} rows={10}>
        {({ pages }) => (
          <QueueList
            key={[step, ...answered].join(' ')}
            organisationId={organisationId}
            step={step}
            answered={answered}
            may={may}
            above={above}
            shortcuts={shortcuts}
            applications={pages.flatMap((page) => page.applications)}
            paged={query}
            refresh={() => void query.refetch()}
          />
        )}
      </QueryBoundary>
    </>
  );
}
