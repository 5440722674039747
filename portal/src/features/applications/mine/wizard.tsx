import { CheckCircleFilled } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Steps } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, type Location } from 'react-router';
import { answer, api, type Schema, ifMatch } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useCommand } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { bodyOf, draftOf, discardDraft, keepDraft, merged, mergeTyped, type Draft } from './draft';
import { CategoryStep, FormStep } from './fields';
import { myApplicationsQuery, writable, type Application } from '../queries';
import { Review } from './review-step';

/** Which step asks for a field, to lead there when it was refused. */
const stepOf = (field: string) => (field === 'category' ? 0 : 1);

/** The step that an address names. What was never saved has nothing to review yet. */
export function stepIn(search: string, first: number, saved: boolean): number {
  const named = Number(new URLSearchParams(search).get('step')) - 1;
  return Number.isInteger(named) && named >= 0 && named <= (saved ? 2 : 0) ? named : first;
}

/** The entry of the history before this one is that step. */
const isFrom = (state: unknown, step: number): boolean =>
  typeof state === 'object' && state !== null && 'from' in state && state.from === step;

/** Three steps; each of them is saved on the platform, and what is typed in between on the device. */
export function Wizard({
  organisation,
  person,
  accountId,
  application,
}: {
  organisation: Schema<'Organisation'>;
  person: Schema<'Person'>;
  accountId: string;
  application: Application | undefined;
}) {
  const { t } = useTranslation('applications');
  const { t: word } = useTranslation();
  const { organisationId } = organisation;
  const [form] = Form.useForm<Draft & { consent: boolean }>();
  const [held, setHeld] = useState(application);
  const base = draftOf(held, person.divisionCode);
  const [initial] = useState(() => mergeTyped(organisationId, accountId, base));
  const [first] = useState(application ? 1 : 0);
  const { search, state } = useLocation() as Location<unknown>;
  const [step, setStep] = useState(() => stepIn(search, first, application !== undefined));
  const [done, setDone] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message } = useNotices();
  const saving = useCommand(form);
  const submission = useCommand(form);

  const go = (to: number) => {
    if (to === step) return;
    // At once: the fields that were refused have to be there to say so.
    flushSync(() => setStep(to));
    // Each step is an entry of the history: the back button of the browser goes one step back, not out of the form.
    if (to < step && isFrom(state, to)) void navigate(-1);
    else void navigate(`?step=${String(to + 1)}`, { state: { from: step }, preventScrollReset: true });
    arrive();
  };
  const arrive = () =>
    requestAnimationFrame(() => {
      window.scrollTo({ top: 0 });
      top.current?.focus({ preventScroll: true });
    });
  useEffect(() => {
    const follow = () => setStep(stepIn(window.location.search, first, held !== undefined));
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, [first, held]);
  useEffect(() => {
    if (done) top.current?.focus();
  }, [done]);

  const typed = (): Draft => {
    const { consent: _consent, ...draft } = form.getFieldsValue(true) as Draft & { consent?: boolean };
    return draft;
  };
  const keep = () => keepDraft(organisationId, { accountId, base, draft: typed() });
  const later = () => queries.invalidateQueries({ queryKey: myApplicationsQuery.queryKey, refetchType: 'none' });

  const save = async (): Promise<Application | undefined> => {
    const body = bodyOf(typed());
    const saved = await saving.run(
      (header) =>
        held
          ? answer(
              api.PATCH('/v1/applications/{applicationId}', {
                params: { path: { applicationId: held.applicationId }, header: { ...header, ...ifMatch(held.etag) } },
                body,
              }),
            )
          : answer(
              api.POST('/v1/organisations/{organisationId}/applications', {
                params: { path: { organisationId }, header },
                body,
              }),
            ),
      {
        onProblem: (problem) => {
          if (problem.code === 'ETAG_MISMATCH' && held) {
            void join(held);
            return true;
          }
          lead(problem);
          return false;
        },
      },
    );
    if (!saved) return undefined;
    setHeld(saved);
    // The draft on the device now belongs to the record as it was saved.
    keepDraft(organisationId, { accountId, base: draftOf(saved, ''), draft: typed() });
    void later();
    return saved;
  };
  /** It was changed on another device: that comes in, what was typed here stays, and the person looks at it again. */
  const join = async ({ applicationId }: Application) => {
    const latest = await saving.run(() =>
      answer(api.GET('/v1/applications/{applicationId}', { params: { path: { applicationId } } })),
    );
    if (!latest) return;
    if (!writable(latest)) {
      await queries.invalidateQueries({ queryKey: myApplicationsQuery.queryKey });
      return;
    }
    const both = merged(base, typed(), draftOf(latest, person.divisionCode));
    form.setFieldsValue(both);
    setHeld(latest);
    keepDraft(organisationId, { accountId, base: draftOf(latest, person.divisionCode), draft: both });
    go(1);
    message.info(t('joined'), 8);
  };
  /** To the step that asks for what was refused. */
  const lead = (problem: Problem) => {
    const field = problem.violations[0]?.field.split('.').at(-1);
    if (field) go(stepOf(field));
  };
  const forward = async () => {
    if (await save()) go(step + 1);
  };
  const submit = async () => {
    const saved = await save();
    if (!saved) return;
    const handed = await submission.run(
      (header) =>
        answer(
          api.POST('/v1/applications/{applicationId}:submit', {
            params: { path: { applicationId: saved.applicationId }, header },
            body: { consent: true },
          }),
        ),
      {
        onProblem: (problem) => {
          lead(problem);
          return false;
        },
      },
    );
    if (!handed) return;
    discardDraft(organisationId);
    void later();
    setDone(true);
  };

  if (done) {
    return (
      <div className="paper join-done" ref={top} tabIndex={-1} role="status">
        <CheckCircleFilled aria-hidden />
        <h2>{t('doneTitle')}</h2>
        <p>{t('doneText', { organisation: organisation.name })}</p>
        <Button type="primary" size="large" onClick={() => void navigate('/me/applications')}>
          {t('seeApplications')}
        </Button>
      </div>
    );
  }
  return (
    <>
      <Steps
        current={step}
        responsive={false}
        size="small"
        className="join-steps"
        items={(['stepCategory', 'stepForm', 'stepReview'] as const).map((name) => ({ title: t(name) }))}
      />
      {held?.state === 'RETURNED' && (
        <Alert
          className="join-returned"
          type="warning"
          showIcon
          title={t('returnedWhy')}
          description={held.decisionReason}
        />
      )}
      <div className="paper" ref={top} tabIndex={-1} aria-label={t('stepOf', { step: step + 1 })} role="group">
        <Form
          form={form}
          layout="vertical"
          initialValues={initial}
          onValuesChange={keep}
          onFinish={() => void (step < 2 ? forward() : submit())}
          scrollToFirstError={{ focus: true, block: 'center' }}
        >
          {step === 0 && <CategoryStep />}
          {step === 1 && <FormStep />}
          {step === 2 && <Review draft={typed()} person={person} organisation={organisation} onChange={() => go(1)} />}
          <div className="join-acts">
            {step > 0 && (
              <Button onClick={() => go(step - 1)} disabled={submission.busy}>
                {word('form.back')}
              </Button>
            )}
            <Button type="primary" size="large" htmlType="submit" loading={saving.busy || submission.busy}>
              {step < 2 ? word('form.next') : t(held?.state === 'RETURNED' ? 'submitAgain' : 'submit')}
            </Button>
            {step === 1 && (
              <Button
                type="link"
                disabled={saving.busy}
                onClick={() => void save().then((saved) => saved && message.success(t('saved')))}
              >
                {t('saveLater')}
              </Button>
            )}
          </div>
        </Form>
      </div>
      <p className="soft join-note">{t('keptNote')}</p>
    </>
  );
}
