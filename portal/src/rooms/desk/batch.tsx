import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { Button, Form, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../api/client';
import { useAct, useSure } from '../../app/act';
import { needsReason, offered, type Decision } from './decide';
import type { Step } from './queries';
import { ReasonDialog } from './reason';
import { useTemplates } from './templates';

type Application = Schema<'Application'>;

/** The same decision for many; each stands or falls alone, and what became of each is shown. */
export function Batch({
  organisationId,
  step,
  chosen,
  may,
  onDone,
  onClear,
}: {
  organisationId: string;
  step: Step;
  chosen: readonly Application[];
  may: (permission: string) => boolean;
  onDone: (taken: ReadonlySet<string>) => void;
  onClear: () => void;
}) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const [form] = Form.useForm<{ reason: string }>();
  const { act, busy } = useAct(form);
  const sure = useSure();
  const templates = useTemplates();
  const [asked, ask] = useState<Decision | null>(null);
  const [outcome, tell] = useState<{ decision: Decision; lines: { application: Application; refused: string }[] } | null>(null);
  const take = async (decision: Decision, reason = '') => {
    const done = await act((header) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/applications:batchDecide', {
          params: { path: { organisationId }, header },
          body: { applicationIds: chosen.map((application) => application.applicationId), decision, ...(reason && { reason }) },
        }),
      ),
    );
    if (!done) return;
    ask(null);
    const refused = new Map(done.results.map((result) => [result.applicationId, result.refusedBecause]));
    tell({ decision, lines: chosen.map((application) => ({ application, refused: refused.get(application.applicationId) ?? '' })) });
    onDone(new Set(done.results.filter((result) => !result.refusedBecause).map((result) => result.applicationId)));
  };
  const start = (decision: Decision) =>
    needsReason(decision)
      ? ask(decision)
      : sure({
          title: t(`batch.sure.${decision}`, { count: chosen.length }),
          content: t('batch.sureText'),
          yes: t(`decision.${decision}`),
          no: app('form.cancel'),
          danger: false,
          act: () => take(decision),
        });
  return (
    <>
      {chosen.length > 0 && (
        <div className="batch" role="region" aria-label={t('batch.title')}>
          <strong aria-live="polite">{t('batch.chosen', { count: chosen.length })}</strong>
          {offered(step, may).map((decision) => (
            <Button key={decision} size="small" danger={decision === 'REJECT'} disabled={busy || chosen.length > 200} onClick={() => start(decision)}>
              {t(`decision.${decision}`)}
            </Button>
          ))}
          <Button size="small" type="text" onClick={onClear}>
            {t('batch.clear')}
          </Button>
        </div>
      )}
      {asked && (
        <ReasonDialog
          form={form}
          title={t(`batch.reason.${asked}`, { count: chosen.length })}
          lead={t('batch.reasonText')}
          yes={t(`decision.${asked}`)}
          danger={asked === 'REJECT'}
          busy={busy}
          templates={templates(asked)}
          onSay={(reason) => void take(asked, reason)}
          onLeave={() => ask(null)}
        />
      )}
      {outcome && (
        <Modal open title={t('batch.outcome')} onCancel={() => tell(null)} footer={<Button type="primary" onClick={() => tell(null)}>{app('form.done')}</Button>}>
          <p>{t('batch.sum', { done: outcome.lines.filter((line) => !line.refused).length, refused: outcome.lines.filter((line) => line.refused).length })}</p>
          <ul className="batch-lines">
            {outcome.lines.toSorted((a, b) => Number(Boolean(b.refused)) - Number(Boolean(a.refused))).map(({ application, refused }) => (
              <li key={application.applicationId}>
                {refused ? <CloseCircleOutlined className="bad" aria-hidden /> : <CheckCircleOutlined className="good" aria-hidden />}
                <span>
                  <strong>{application.applicantName || application.personNumber}</strong>{' '}
                  {refused ? t(`refused.${refused}`, { defaultValue: t('refused.OTHER', { code: refused }) }) : t(`decided.${outcome.decision}`)}
                </span>
              </li>
            ))}
          </ul>
        </Modal>
      )}
    </>
  );
}
