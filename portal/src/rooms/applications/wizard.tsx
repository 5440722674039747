import { CheckCircleFilled } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Steps } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { answer, api, type Schema, ifMatch } from '../../api/client';
import { useAct } from '../../app/act';
import { bodyOf, draftOf, forgetDraft, keepDraft, keptDraft, type Draft } from './draft';
import { CategoryStep, FormStep } from './fields';
import { myApplicationsQuery, type Application } from './queries';
import { Review } from './review';

/** Which step asks for a field, to lead there when it was refused. */
const stepOf = (field: string) => (field === 'category' ? 0 : 1);

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
  const [held, hold] = useState(application);
  const [initial] = useState(() => keptDraft(organisationId, accountId, application?.etag ?? '') ?? draftOf(application, person.divisionCode));
  const [step, setStep] = useState(application ? 1 : 0);
  const [done, setDone] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const saving = useAct(form);
  const handing = useAct(form);

  const go = (to: number) => {
    setStep(to);
    requestAnimationFrame(() => {
      window.scrollTo({ top: 0 });
      top.current?.focus({ preventScroll: true });
    });
  };
  useEffect(() => {
    if (done) top.current?.focus();
  }, [done]);

  const typed = (): Draft => {
    const { consent: _consent, ...draft } = form.getFieldsValue(true) as Draft & { consent?: boolean };
    return draft;
  };
  const keep = () => keepDraft(organisationId, { accountId, etag: held?.etag ?? '', draft: typed() });
  const later = () => queries.invalidateQueries({ queryKey: myApplicationsQuery.queryKey, refetchType: 'none' });

  const save = async (): Promise<Application | undefined> => {
    const body = bodyOf(typed());
    const saved = await saving.act(
      (header) =>
        held
          ? answer(api.PATCH('/v1/applications/{applicationId}', { params: { path: { applicationId: held.applicationId }, header: { ...header, ...ifMatch(held.etag) } }, body }))
          : answer(api.POST('/v1/organisations/{organisationId}/applications', { params: { path: { organisationId }, header }, body })),
      (problem) => {
        const field = problem.violations[0]?.field.split('.').at(-1);
        if (field) go(stepOf(field));
        return false;
      },
    );
    if (!saved) return undefined;
    hold(saved);
    // The draft on the device now belongs to the record as it was saved.
    keepDraft(organisationId, { accountId, etag: saved.etag, draft: typed() });
    void later();
    return saved;
  };
  const forward = async () => {
    if (step === 1) {
      const right = await form.validateFields(['employer', 'position', 'education', 'researchField', 'divisionCode', 'statement']).catch(() => undefined);
      if (!right) {
        const first = form.getFieldsError().find(({ errors }) => errors.length > 0);
        if (first) form.scrollToField(first.name, { focus: true, block: 'center' });
        return;
      }
    }
    if (await save()) go(step + 1);
  };
  const submit = async () => {
    const agreed = await form.validateFields(['consent']).catch(() => undefined);
    if (!agreed) return;
    const saved = await save();
    if (!saved) return;
    const handed = await handing.act(
      (header) => answer(api.POST('/v1/applications/{applicationId}:submit', { params: { path: { applicationId: saved.applicationId }, header }, body: { consent: true } })),
      (problem) => {
        const field = problem.violations[0]?.field.split('.').at(-1);
        if (field) go(stepOf(field));
        return false;
      },
    );
    if (!handed) return;
    forgetDraft(organisationId);
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
      <Steps current={step} responsive={false} size="small" className="join-steps" items={(['stepCategory', 'stepForm', 'stepReview'] as const).map((name) => ({ title: t(name) }))} />
      {held?.state === 'RETURNED' && <Alert className="join-returned" type="warning" showIcon title={t('returnedWhy')} description={held.decisionReason} />}
      <div className="paper" ref={top} tabIndex={-1} aria-label={t('stepOf', { step: step + 1 })} role="group">
        <Form form={form} layout="vertical" initialValues={initial} onValuesChange={keep} onFinish={() => void (step < 2 ? forward() : submit())} scrollToFirstError>
          <div hidden={step !== 0}>
            <CategoryStep />
          </div>
          <div hidden={step !== 1}>
            <FormStep />
          </div>
          {step === 2 && <Review draft={typed()} person={person} organisation={organisation} onChange={() => go(1)} />}
          <div className="join-acts">
            {step > 0 && (
              <Button onClick={() => go(step - 1)} disabled={handing.busy}>
                {word('form.back')}
              </Button>
            )}
            <Button type="primary" size="large" loading={saving.busy || handing.busy} onClick={() => void (step < 2 ? forward() : submit())}>
              {step < 2 ? word('form.next') : t(held?.state === 'RETURNED' ? 'submitAgain' : 'submit')}
            </Button>
            {step === 1 && (
              <Button type="link" disabled={saving.busy} onClick={() => void save().then((saved) => saved && message.success(t('saved')))}>
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
