import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import type { Problem } from '../../../api/problem';
import { SignInFirst } from '../../../ui/access-gate';
import { useCommand } from '../../../ui/command';
import { discardDraft, readDraft, saveDraft } from '../../../ui/draft';
import { useNotices } from '../../../ui/notices';
import { useNow } from '../../../ui/now';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import {
  AttachmentsOf,
  carry,
  evaluate,
  FormFiller,
  leadTo,
  Refused,
  registrationFormQuery,
  registrationUpload,
  todayInChina,
  useBound,
  type Answers,
  type Bound,
  type Definition,
} from '../../forms';
import { activityQuery } from '../../../api/activities';
import { useSeat } from '../queries';
import { Register } from './register';
import { standingOf } from './standing';
import '../../../ui/content.css';
import './activities.css';

type Activity = Schema<'Activity'>;

/** Registering for an activity that asks something: the questions, and the seat once they are answered. */
export function RegisterPage() {
  const { t } = useTranslation('activities');
  const { activityId = '' } = useParams();
  const me = useMe();
  const now = useNow();
  const activity = useQuery(activityQuery(activityId));
  const seat = useSeat(activityId);
  useTitle(activity.data ? t('registerFor', { title: activity.data.title }) : t('register'));
  if (me.data === null) return <SignInFirst />;
  return (
    <QueryBoundary query={activity} rows={8}>
      {(found) => {
        const standing = standingOf(found, seat.data, now);
        return (
          <article className="register-page">
            <p>
              <Link to={`/activities/${activityId}`}>{t('backToActivity')}</Link>
            </p>
            <h1>{t('registerFor', { title: found.title })}</h1>
            {standing === 'open' && found.state === 'PUBLISHED' && found.formVersion > 0 ? (
              <Questions activity={found} />
            ) : (
              <Register activity={found} seat={seat.data} standing={standing} />
            )}
          </article>
        );
      }}
    </QueryBoundary>
  );
}

function Questions({ activity }: { activity: Activity }) {
  const form = useQuery(registrationFormQuery(activity.activityId, activity.formVersion));
  const { bound, ready } = useBound();
  return (
    <QueryBoundary query={form} rows={8}>
      {(definition) => (
        <Filling key={activity.formVersion} activity={activity} definition={definition} bound={bound} ready={ready} />
      )}
    </QueryBoundary>
  );
}

interface Kept {
  accountId: string;
  answers: Answers;
}

function Filling({
  activity,
  definition,
  bound,
  ready,
}: {
  activity: Activity;
  definition: Definition;
  bound: Bound;
  /** Whether all that the platform fills in is known. */
  ready: boolean;
}) {
  const { t } = useTranslation('activities');
  const { activityId, formVersion } = activity;
  const me = useMe();
  const accountId = me.data?.accountId ?? '';
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const name = `registration:${activityId}`;
  // What was typed before, also for another version of the form, as far as this one has a place for it.
  const [answers, setAnswers] = useState<Answers>(() => {
    const kept = readDraft<Kept>(name);
    return kept.accountId === accountId && kept.answers ? carry(definition, kept.answers) : {};
  });
  const [checked, setChecked] = useState(false);
  /** A file is on its way. */
  const [sending, setSending] = useState(false);
  const upload = useMemo(() => registrationUpload(activityId), [activityId]);
  const [refused, setRefused] = useState<Problem['violations']>([]);
  const change = (next: Answers) => {
    setAnswers(next);
    saveDraft(name, { accountId, answers: next } satisfies Kept);
  };
  const onProblem = (problem: Problem): boolean => {
    if (problem.code === 'FORM_VERSION_FOREIGN') {
      message.warning(t('formChanged'), 8);
      void queries.invalidateQueries({ queryKey: ['activity', activityId] });
      return true;
    }
    if (problem.code !== 'REGISTRATION_INCOMPLETE') return false;
    setChecked(true);
    setRefused(problem.violations);
    return true;
  };
  const register = async () => {
    setChecked(true);
    setRefused([]);
    const [first] = evaluate(definition, answers, todayInChina(new Date()), bound).found;
    if (first) {
      leadTo(first);
      return;
    }
    const made = await run(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}/registrations', {
            params: { path: { activityId }, header },
            body: { formVersion, answers },
          }),
        ),
      {
        success: t('registered'),
        sends: JSON.stringify([formVersion, answers]),
        onProblem,
        invalidates: [['me', 'registrations']],
        refreshes: [
          ['activity', activityId],
          ['me', 'seat', activityId],
        ],
      },
    );
    if (!made) return;
    discardDraft(name);
    queries.setQueryData(['me', 'seat', activityId], made);
    void navigate(`/me/activities/${made.registrationId}`);
  };
  return (
    <div className="paper">
      <AttachmentsOf upload={upload} onBusy={setSending}>
        <FormFiller definition={definition} value={answers} onChange={change} bound={bound} checked={checked} />
      </AttachmentsOf>
      <Refused title={t('formRefused')} violations={refused} />
      <Button
        type="primary"
        size="large"
        block
        className="register-send"
        loading={busy}
        disabled={!ready || sending}
        onClick={() => void register()}
      >
        {t('registerWithForm')}
      </Button>
      <p className="soft">{t('formHint', { organisation: activity.organisationName })}</p>
    </div>
  );
}
