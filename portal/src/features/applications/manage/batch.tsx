import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { Dialog } from '../../../ui/dialog';
import type { Decided } from './after';
import { needsReason, offered, type Decision } from './decide';
import type { Step } from './queries';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { useTemplates } from './templates';

type Application = Schema<'Application'>;
interface Line {
  application: Application;
  /** Why it was not decided; empty if it was. */
  refused: string;
  /** Where it stands now. */
  state: Application['state'];
}

/** So many go at once: few enough to see the work go on, and to lose little when the network does. */
const portion = 25;

/** The same decision for many; each stands or falls alone, and what became of each is shown. */
export function BatchDecision({
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
  onDone: (taken: readonly Decided[]) => void;
  onClear: () => void;
}) {
  const { t } = useTranslation('applications-manage');
  const { t: app } = useTranslation();
  const [form] = Form.useForm<{ reason?: string }>();
  const { run, busy } = useCommand(form);
  const confirm = useConfirm();
  const templates = useTemplates();
  const [asked, setAsked] = useState<Decision | null>(null);
  const [progress, setProgress] = useState<{ done: number; all: number } | null>(null);
  const [outcome, setOutcome] = useState<{ decision: Decision; lines: Line[]; left: number } | null>(null);
  const take = async (decision: Decision, reason = '') => {
    const all = [...chosen];
    const lines: Line[] = [];
    if (all.length > portion) setProgress({ done: 0, all: all.length });
    while (lines.length < all.length) {
      const part = all.slice(lines.length, lines.length + portion);
      const done = await run((header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/applications:batchDecide', {
            params: { path: { organisationId }, header },
            body: {
              applicationIds: part.map((application) => application.applicationId),
              decision,
              ...(reason && { reason }),
            },
          }),
        ),
      );
      // What was not asked for stays ticked, and can be tried again.
      if (!done) break;
      const results = new Map(done.results.map((result) => [result.applicationId, result]));
      lines.push(
        ...part.map((application) => {
          const result = results.get(application.applicationId);
          return { application, refused: result?.refusedBecause ?? '', state: result?.state ?? application.state };
        }),
      );
      if (all.length > portion) setProgress({ done: lines.length, all: all.length });
    }
    setProgress(null);
    if (lines.length === 0) return;
    setAsked(null);
    setOutcome({ decision, lines, left: all.length - lines.length });
    const taken = lines.filter((line) => !line.refused);
    onDone(taken.map(({ application: { applicationId }, state }) => ({ applicationId, state })));
  };
  const start = (decision: Decision) =>
    needsReason(decision)
      ? setAsked(decision)
      : confirm({
          title: t(`batch.sure.${decision}`, { count: chosen.length }),
          content: t(decision === 'APPROVE' ? 'batch.sureApprove' : 'batch.sureText'),
          confirm: t(`decision.${decision}`),
          danger: false,
          onConfirm: () => take(decision),
        });
  return (
    <>
      {chosen.length > 0 && (
        <div className="batch" role="region" aria-label={t('batch.title')}>
          <strong aria-live="polite">{t('batch.chosen', { count: chosen.length })}</strong>
          {offered(step, may).map((decision) => (
            <Button
              key={decision}
              size="small"
              danger={decision === 'REJECT'}
              disabled={busy || chosen.length > 200}
              onClick={() => start(decision)}
            >
              {t(`decision.${decision}`)}
            </Button>
          ))}
          <Button size="small" type="text" onClick={onClear}>
            {t('batch.clear')}
          </Button>
        </div>
      )}
      {progress && (
        <Dialog title={t('batch.working')}>
          <Progress percent={Math.round((progress.done / progress.all) * 100)} showInfo={false} aria-hidden />
          <p role="status">{t('batch.progress', { done: progress.done, all: progress.all })}</p>
        </Dialog>
      )}
      {asked && (
        <ReasonDialog
          form={form}
          title={t(`batch.reason.${asked}`, { count: chosen.length })}
          lead={t('batch.reasonText')}
          confirm={t(`decision.${asked}`)}
          danger={asked === 'REJECT'}
          busy={busy}
          templates={templates(asked)}
          onConfirm={(reason) => void take(asked, reason)}
          onClose={() => setAsked(null)}
        />
      )}
      {outcome && (
        <Dialog
          title={t('batch.outcome')}
          closeLabel={{ label: app('form.done'), onClick: () => setOutcome(null) }}
          onClose={() => setOutcome(null)}
        >
          <p>
            {t('batch.sum', {
              done: outcome.lines.filter((line) => !line.refused).length,
              refused: outcome.lines.filter((line) => line.refused).length,
            })}
          </p>
          {outcome.left > 0 && <Alert type="warning" showIcon title={t('batch.left', { count: outcome.left })} />}
          <ul className="batch-lines">
            {outcome.lines
              .toSorted((a, b) => Number(Boolean(b.refused)) - Number(Boolean(a.refused)))
              .map(({ application, refused }) => (
                <li key={application.applicationId}>
                  {refused ? (
                    <CloseCircleOutlined className="bad" aria-hidden />
                  ) : (
                    <CheckCircleOutlined className="good" aria-hidden />
                  )}
                  <span>
                    <strong>{application.applicantName || application.personNumber}</strong>{' '}
                    {refused
                      ? t(`refused.${refused}`, { defaultValue: t('refused.OTHER', { code: refused }) })
                      : t(`decided.${outcome.decision}`)}
                  </span>
                </li>
              ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}
