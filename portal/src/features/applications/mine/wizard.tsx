import { CheckCircleFilled } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Steps } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, type Location } from 'react-router';
import { answer, api, type Schema, ifMatch } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useCommand } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { bodyOf, draftOf, discardDraft, keepDraft, merged, mergeTyped, type Draft } from './draft';
import { CategoryStep, FormStep } from './fields';
import { AttachmentsOf, carry, evaluate, FormFiller, leadTo, todayInChina, type Definition } from '../../forms';
import { applicationFile, applicationUpload } from '../files';
import { NewVersion } from './new-version';
import { myApplicationsQuery, writable, type Application } from '../queries';
import { Review } from './review-step';

/** Which step asks for a field, to lead there when it was refused. */
const stepOf = (field: string) => (field === 'category' ? 0 : field.startsWith('answers') ? 2 : 1);

/** The step that an address names. What was never saved has nothing to review yet. */
export function stepIn(search: string, first: number, saved: boolean, last = 2): number {
  const named = Number(new URLSearchParams(search).get('step')) - 1;
  return Number.isInteger(named) && named >= 0 && named <= (saved ? last : 0) ? named : first;
}

/** The entry of the history before this one is that step. */
const isFrom = (state: unknown, step: number): boolean =>
  typeof state === 'object' && state !== null && 'from' in state && state.from === step;

/**
 * Three steps, and one more where the society asks questions of its own; each of them is saved on the platform, and what is typed in
 * between on the device.
 */
export function Wizard({
  organisation,
  person,
  accountId,
  application,
  asked: begun,
}: {
  organisation: Schema<'Organisation'>;
  person: Schema<'Person'>;
  accountId: string;
  application: Application | undefined;
  /** What the society asks beyond the basic part, in the version that the application answers. */
  asked: Definition;
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
  const [step, setStep] = useState(() =>
    stepIn(search, first, application !== undefined, begun.pages.length > 0 ? 3 : 2),
  );
  const [asked, setAsked] = useState(begun);
  const [checked, setChecked] = useState(false);
  const own = asked.pages.length > 0;
  const last = own ? 3 : 2;
  const bound = { personName: person.name, personNumber: person.personNumber, workplace: held?.form?.employer };
  const [done, setDone] = useState(false);
  /** A file is on its way: the step is not left before it has arrived. */
  const [sending, setSending] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message } = useNotices();
  const upload = useMemo(() => applicationUpload(organisationId), [organisationId]);
  const heldId = held?.applicationId;
  const href = useMemo(() => (heldId ? applicationFile(heldId) : undefined), [heldId]);
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
    const follow = () => setStep(stepIn(window.location.search, first, held !== undefined, last));
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, [first, held, last]);
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
    const field = problem.violations[0]?.field;
    if (field?.startsWith('answers')) setChecked(true);
    if (field) go(field.startsWith('answers') ? 2 : stepOf(field.split('.').at(-1) ?? field));
  };
  /** Whether the society's own questions are answered; leads to the first that is not. */
  const complete = (): boolean => {
    const [first] = evaluate(asked, typed().answers, todayInChina(new Date()), bound).found;
    if (!first) return true;
    setChecked(true);
    leadTo(first);
    return false;
  };
  /** The application takes the version of the form that is published now, with the answers that it has a place for. */
  const take = async (definition: Definition) => {
    if (!held) return;
    const answers = carry(definition, typed().answers);
    const saved = await saving.run((header) =>
      answer(
        api.PATCH('/v1/applications/{applicationId}', {
          params: { path: { applicationId: held.applicationId }, header: { ...header, ...ifMatch(held.etag) } },
          body: { ...bodyOf({ ...typed(), answers }), formVersion: held.currentFormVersion },
        }),
      ),
    );
    if (!saved) return;
    setHeld(saved);
    setAsked(definition);
    form.setFieldsValue({ answers });
    keepDraft(organisationId, { accountId, base: draftOf(saved, ''), draft: typed() });
    setChecked(false);
    go(definition.pages.length > 0 ? 2 : 1);
    void later();
    message.success(t('versionTaken'));
  };
  const forward = async () => {
    if (own && step === 2 && !complete()) return;
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
    <AttachmentsOf files={held?.files} upload={upload} href={href} onBusy={setSending}>
      <Steps
        current={step}
        responsive={false}
        size="small"
        className="join-steps"
        items={(
          [...(['stepCategory', 'stepForm'] as const), ...(own ? (['stepOwn'] as const) : []), 'stepReview'] as const
        ).map((name) => ({ title: t(name) }))}
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
      {held && held.currentFormVersion > held.formVersion && (
        <NewVersion application={held} busy={saving.busy} onTake={(definition) => void take(definition)} />
      )}
      <div
        className="paper"
        ref={top}
        tabIndex={-1}
        aria-label={t('stepOf', { step: step + 1, steps: last + 1 })}
        role="group"
      >
        <Form
          form={form}
          layout="vertical"
          initialValues={initial}
          onValuesChange={keep}
          onFinish={() => void (step < last ? forward() : submit())}
          scrollToFirstError={{ focus: true, block: 'center' }}
        >
          {step === 0 && <CategoryStep />}
          {step === 1 && <FormStep />}
          {own && step === 2 && (
            <Form.Item name="answers">
              <FormFiller definition={asked} bound={bound} checked={checked} />
            </Form.Item>
          )}
          {step === last && (
            <Review draft={typed()} person={person} organisation={organisation} asked={asked} onChange={() => go(1)} />
          )}
          <div className="join-acts">
            {step > 0 && (
              <Button onClick={() => go(step - 1)} disabled={submission.busy || sending}>
                {word('form.back')}
              </Button>
            )}
            <Button
              type="primary"
              size="large"
              htmlType="submit"
              disabled={sending}
              loading={saving.busy || submission.busy}
            >
              {step < last ? word('form.next') : t(held?.state === 'RETURNED' ? 'submitAgain' : 'submit')}
            </Button>
            {step > 0 && step < last && (
              <Button
                type="link"
                disabled={saving.busy || sending}
                onClick={() => void save().then((saved) => saved && message.success(t('saved')))}
              >
                {t('saveLater')}
              </Button>
            )}
          </div>
        </Form>
      </div>
      <p className="soft join-note">{t('keptNote')}</p>
    </AttachmentsOf>
  );
}
