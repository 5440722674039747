import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { Dialog } from '../../../ui/dialog';
import { useEnumLabel } from '../../../ui/enum-label';
import { Fact, FactGrid } from '../../../ui/fact-grid';
import { DivisionName } from '../../../ui/division-field';
import { useMoment } from '../../../ui/moment';
import { ApplicationHistory } from './application-history';
import { isPlainKey } from './plain-key';
import { EarlierMemberships } from './earlier';
import { decide, keys, needsReason, offered, offeredOnRoute, onRoute, type Decision } from './decide';
import type { Step } from './queries';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { applicationQuery } from '../queries';
import { CaseTimeline } from '../../approvals';
import { TimeLimit } from '../time-limit';
import { AnswersView, applicationFormQuery, AttachmentsOf, type Answers } from '../../forms';
import { applicationFile } from '../files';
import { useTemplates } from './templates';

type Application = Schema<'Application'>;

const emptyForm: Schema<'ApplicationForm'> = {
  employer: '',
  position: '',
  education: 'EDUCATION_UNSPECIFIED',
  researchField: '',
  statement: '',
  divisionCode: '',
};

const none: Application['files'] = [];

interface Props {
  application: Application;
  step: Step;
  may: (permission: string) => boolean;
  /** The reader belongs to an organisation above: the form of the applicant is not shown. */
  above: boolean;
  shortcuts: boolean;
  /** `suspended`: the membership that came of it begins suspended. */
  onDecided: (application: Application, decision: Decision, suspended: boolean) => void;
  /** The application was decided or changed in the meantime. */
  onStale: () => void;
}

/** The answers to what the society asks beyond the basic part. */
function OwnAnswers({ application, files }: { application: Application; files: Application['files'] }) {
  const { t } = useTranslation('applications-manage');
  const { organisationId, formVersion, answers } = application;
  const form = useQuery({
    ...applicationFormQuery(organisationId, formVersion),
    enabled: formVersion > 0 && Boolean(answers),
  });
  if (!answers || !form.data) return null;
  return (
    <>
      <h3>{t('form.own')}</h3>
      <AttachmentsOf files={files} href={applicationFile(application.applicationId)}>
        <AnswersView definition={form.data.definition} answers={answers as Answers} />
      </AttachmentsOf>
    </>
  );
}

/** One application in full, and what can be decided about it. Mount it anew for every application. */
export function ApplicationDetail({ application, step, may, above, shortcuts, onDecided, onStale }: Props) {
  const { t } = useTranslation('applications-manage');
  const { t: app } = useTranslation();
  const label = useEnumLabel();
  const moment = useMoment();
  const me = useMe();
  const [form] = Form.useForm<{ reason?: string }>();
  const templates = useTemplates();
  const { run, busy } = useCommand(form);
  const [asked, setAsked] = useState<Decision | null>(null);
  const history = useQuery({
    queryKey: ['application', application.applicationId, 'history', application.etag],
    queryFn: async () =>
      (
        await answer(
          api.GET('/v1/applications/{applicationId}/history', {
            params: { path: { applicationId: application.applicationId } },
          }),
        )
      ).steps,
  });
  const whole = useQuery(applicationQuery(application));
  const earlier = whole.data?.earlierMemberships ?? [];
  // The last one decides: leaving does not lift a suspension.
  const last = earlier[0]?.endedSuspended ? earlier[0] : undefined;
  // Four-eyes principle: the reviewer who passed the first review does not approve. Only the latest passing counts.
  const passed = history.data?.findLast(
    (past) => past.fromState === 'IN_FIRST_REVIEW' && past.toState === 'IN_FINAL_REVIEW',
  );
  const mine =
    Boolean(me.data?.personNumber) && step === 'IN_FINAL_REVIEW' && passed?.actorNumber === me.data?.personNumber;
  const own = Boolean(me.data?.personNumber) && application.personNumber === me.data?.personNumber;
  const routed = onRoute(application);
  const held = whole.data?.case ?? application.case;
  const plain = own ? [] : offered(step, may).filter((decision) => !(mine && decision === 'APPROVE'));
  const open = routed ? offeredOnRoute(whole.data?.case) : plain;

  const take = async (decision: Decision, reason = '') => {
    const done = await run((header) => decide(application, decision, reason, header), {
      onProblem: ({ code }) => {
        if (!['ETAG_MISMATCH', 'APPLICATION_STATE', 'CASE_STEP_OVER', 'CASE_STATE', 'NOT_FOUND'].includes(code))
          return false;
        setAsked(null);
        onStale();
        return true;
      },
    });
    if (!done) return;
    setAsked(null);
    onDecided(done, decision, decision === 'APPROVE' && last !== undefined);
  };
  const start = (decision: Decision) => (decision === 'PASS_FIRST_REVIEW' ? void take(decision) : setAsked(decision));

  useEffect(() => {
    if (!shortcuts || asked) return;
    const listen = (event: KeyboardEvent) => {
      if (!isPlainKey(event) || busy) return;
      const decision = open.find((offer) => keys[offer] === event.key.toLowerCase());
      if (!decision) return;
      event.preventDefault();
      start(decision);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  });

  const answers = application.form ?? emptyForm;
  const submittedAt = application.submittedAt && moment.exact(application.submittedAt);
  return (
    <article className="application" aria-label={application.applicantName}>
      <header>
        <h2>{application.applicantName || t('review.noName')}</h2>
        <p className="soft">
          {label('MembershipCategory', application.category)} ·{' '}
          {t('review.number', { number: application.personNumber })}
        </p>
        <TimeLimit application={application} desk />
      </header>
      {last && (
        <Alert
          type="warning"
          showIcon
          className="application-note"
          title={t('review.suspendedBefore', { ground: label('SuspensionGround', last.suspensionGround) })}
        />
      )}
      {above ? (
        <FactGrid>
          <Fact name={t('form.submitted')}>{submittedAt}</Fact>
        </FactGrid>
      ) : (
        <>
          <FactGrid>
            <Fact name={t('form.employer')}>{answers.employer}</Fact>
            <Fact name={t('form.position')}>{answers.position}</Fact>
            <Fact name={t('form.education')}>
              {answers.education !== 'EDUCATION_UNSPECIFIED' && label('ApplicationFormEducation', answers.education)}
            </Fact>
            <Fact name={t('form.researchField')}>{answers.researchField}</Fact>
            <Fact name={t('form.division')}>
              <DivisionName code={answers.divisionCode} />
            </Fact>
            <Fact name={t('form.submitted')}>{submittedAt}</Fact>
          </FactGrid>
          <h3>{t('form.statement')}</h3>
          <p className="long-text">{answers.statement || <span className="soft">{app('notGiven')}</span>}</p>
          <OwnAnswers application={application} files={whole.data?.files ?? none} />
        </>
      )}
      {routed && <CaseTimeline held={held} />}
      <EarlierMemberships query={whole} />
      <ApplicationHistory query={history} />
      {own && !above && <Alert type="info" showIcon title={t('review.own')} />}
      {routed && whole.data && open.length === 0 && <Alert type="info" showIcon title={t('review.notYours')} />}
      {routed && whole.data?.case?.decidable && !whole.data.case.mayPass && (
        <Alert type="info" showIcon title={t('review.notPass')} />
      )}
      {!routed && !own && mine && may('applications.approve') && (
        <Alert type="info" showIcon title={t('review.fourEyes')} />
      )}
      {open.length > 0 && (
        <div className="application-acts">
          {open.map((decision) => (
            <Button
              key={decision}
              type={decision === 'PASS_FIRST_REVIEW' || decision === 'APPROVE' ? 'primary' : 'default'}
              danger={decision === 'REJECT'}
              loading={busy && (asked === decision || (asked === null && decision === 'PASS_FIRST_REVIEW'))}
              disabled={busy}
              onClick={() => start(decision)}
              {...(shortcuts ? { 'aria-keyshortcuts': keys[decision] } : {})}
            >
              {t(routed && decision === 'PASS_FIRST_REVIEW' ? 'decision.PASS_STEP' : `decision.${decision}`)}
              {shortcuts && <kbd aria-hidden>{keys[decision]}</kbd>}
            </Button>
          ))}
        </div>
      )}
      {asked && needsReason(asked) && (
        <ReasonDialog
          form={form}
          title={t(`reason.${asked}`, { name: application.applicantName })}
          lead={t('reason.read')}
          confirm={t(`decision.${asked}`)}
          danger={asked === 'REJECT'}
          busy={busy}
          templates={templates(asked)}
          onConfirm={(reason) => void take(asked, reason)}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === 'APPROVE' && (
        <Dialog
          title={t('review.approveTitle', { name: application.applicantName })}
          action={{ label: t('decision.APPROVE'), busy, focused: true, onClick: () => void take('APPROVE') }}
          onClose={() => setAsked(null)}
        >
          <p>{t(last ? 'review.approveSuspendedText' : 'review.approveText')}</p>
        </Dialog>
      )}
    </article>
  );
}
