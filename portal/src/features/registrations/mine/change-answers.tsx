import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useCommand } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import {
  AttachmentsOf,
  definitionOf,
  evaluate,
  FormFiller,
  leadTo,
  Refused,
  registrationFile,
  registrationUpload,
  todayInChina,
  useBound,
  type Answers,
} from '../../forms';
import { myAnswersQuery, ticketQuery } from './queries';
import '../../../ui/content.css';

/** Changing what was answered when registering, as long as registration is open. */
export function ChangeAnswersPage() {
  const { t } = useTranslation('registrations');
  const { registrationId = '' } = useParams();
  useTitle(t('changeAnswers'));
  const ticket = useQuery(ticketQuery(registrationId));
  const answers = useQuery({ ...myAnswersQuery(registrationId), refetchOnWindowFocus: false });
  return (
    <article className="register-page">
      <p>
        <Link to={`/me/activities/${registrationId}`}>{t('backToTicket')}</Link>
      </p>
      <h1>{t('changeAnswers')}</h1>
      <QueryBoundary query={ticket} rows={8}>
        {({ registration }) =>
          registration && (
            <QueryBoundary query={answers} rows={8}>
              {(held) => <Changing key={held.etag} held={held} registration={registration} />}
            </QueryBoundary>
          )
        }
      </QueryBoundary>
    </article>
  );
}

function Changing({
  held,
  registration,
}: {
  held: Schema<'RegistrationAnswers'>;
  registration: Schema<'Registration'>;
}) {
  const { t } = useTranslation('registrations');
  const { registrationId, activityId } = registration;
  const navigate = useNavigate();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const { bound, ready } = useBound();
  const definition = useMemo(() => definitionOf(held.form?.definition), [held]);
  const [answers, setAnswers] = useState<Answers>(() => (held.answers ?? {}) as Answers);
  const [checked, setChecked] = useState(false);
  const [sending, setSending] = useState(false);
  const [refused, setRefused] = useState<Problem['violations']>([]);
  const upload = useMemo(() => registrationUpload(activityId), [activityId]);
  const href = useMemo(() => registrationFile(registrationId, true), [registrationId]);
  const stale = [myAnswersQuery(registrationId).queryKey];
  const onProblem = (problem: Problem): boolean => {
    if (problem.code === 'ETAG_MISMATCH') {
      message.warning(t('answersChangedElsewhere'), 8);
      return true;
    }
    if (problem.code !== 'REGISTRATION_INCOMPLETE') return false;
    setChecked(true);
    setRefused(problem.violations);
    return true;
  };
  const save = async () => {
    setChecked(true);
    setRefused([]);
    const [first] = evaluate(definition, answers, todayInChina(new Date()), bound).found;
    if (first) {
      leadTo(first);
      return;
    }
    const saved = await run(
      (header) =>
        answer(
          api.PATCH('/v1/me/registrations/{registrationId}/answers', {
            params: { path: { registrationId }, header: { ...header, ...ifMatch(held.etag) } },
            body: { answers },
          }),
        ),
      {
        success: t('answersSaved'),
        sends: JSON.stringify(answers),
        onProblem,
        refreshes: stale,
      },
    );
    if (saved) void navigate(`/me/activities/${registrationId}`);
  };
  return (
    <div className="paper">
      <AttachmentsOf files={held.files} upload={upload} href={href} onBusy={setSending}>
        <FormFiller definition={definition} value={answers} onChange={setAnswers} bound={bound} checked={checked} />
      </AttachmentsOf>
      <Refused title={t('answersRefused')} violations={refused} />
      <Button type="primary" size="large" block loading={busy} disabled={!ready || sending} onClick={() => void save()}>
        {t('saveAnswers')}
      </Button>
      <p className="soft">{t('changeHint')}</p>
    </div>
  );
}
