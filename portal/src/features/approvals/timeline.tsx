import { Tag, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { useDay, useMoment } from '../../ui/moment';
import './timeline.css';

type Stage = Schema<'CaseStage'>;

const colours = { DONE: 'green', CURRENT: 'blue', AHEAD: 'gray', STATE_UNSPECIFIED: 'gray' } as const;

/** The steps of something on its way: what is done, where it stands, what is ahead, and until when it can be expected. */
export function CaseTimeline({ held }: { held: Schema<'Case'> | undefined }) {
  const { t } = useTranslation('approvals');
  const day = useDay();
  if (!held || held.stages.length === 0) return null;
  return (
    <section className="case-timeline" aria-label={t('title')}>
      {held.state === 'WAITING' && (
        <p className={held.overdue ? 'overdue' : 'soft'}>
          {t('where', { step: held.step, steps: held.steps })}
          {held.overdue ? t('late') : held.expectedOn && t('expected', { day: day(held.expectedOn) })}
        </p>
      )}
      <Timeline
        items={held.stages.map((stage) => ({ color: colours[stage.state], content: <StageLine stage={stage} /> }))}
      />
    </section>
  );
}

function StageLine({ stage }: { stage: Stage }) {
  const { t, i18n } = useTranslation('approvals');
  const day = useDay();
  const moment = useMoment();
  const title = (i18n.language === 'en' && stage.titleEn) || stage.titleZh;
  return (
    <>
      <strong>{title}</strong> <Tag>{t(`stage.${stage.state}`)}</Tag>
      <span className="soft">
        {stage.needed > 1 && t('passes', { passes: stage.passes, needed: stage.needed })}{' '}
        {stage.dueOn && t(stage.state === 'CURRENT' ? 'due' : 'ahead', { day: day(stage.dueOn) })}
      </span>
      {stage.decisions.length > 0 && (
        <ul className="case-decisions">
          {stage.decisions.map((decision) => (
            <li key={`${decision.decidedAt}${decision.personNumber}${decision.kind}`}>
              {t(`kind.${decision.kind}`)}{' '}
              <span className="soft">
                {decision.decidedAt && moment.exact(decision.decidedAt)}
                {decision.personNumber && ` · ${t('by', { number: decision.personNumber })}`}
                {decision.stoodIn && ` · ${t('stoodIn')}`}
                {decision.escalated && ` · ${t('escalated')}`}
              </span>
              {decision.reason && <p className="case-reason">{decision.reason}</p>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
