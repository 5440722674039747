import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../../api/client';
import { changeOf, type Question } from './question';
import { useSliceWords } from './words';

/** The number of the whole slice, with distinct people, and beside what it is compared with. */
export function Total({
  answer,
  total,
  metric,
  question,
}: {
  answer: Schema<'QuerySlicesResponse'>;
  total: Schema<'SliceCell'>;
  metric: Schema<'Metric'>;
  question: Question;
}) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const when = metric.stock
    ? t('at', { day: answer.toDay })
    : t('during', { from: answer.fromDay || question.fromDay, to: answer.toDay });
  return (
    <dl className="figures">
      <div>
        <dt>{words.title(metric)}</dt>
        <dd>
          <b>{words.number(total.value)}</b> <span>{words.unit(metric)}</span>
        </dd>
        <dd className="figure-when">{when}</dd>
      </div>
      {total.people !== undefined && (
        <div>
          <dt>{t('people')}</dt>
          <dd>
            <b>{words.number(total.people)}</b> <span>{t('person')}</span>
          </dd>
          <dd className="figure-when">{t('peopleShort')}</dd>
        </div>
      )}
      {question.compare && total.comparedValue !== undefined && (
        <div>
          <dt>{t(`compared.${question.compare}`)}</dt>
          <dd>
            <b>
              <Change now={total.value} before={total.comparedValue} />
            </b>
          </dd>
          <dd className="figure-when">
            {metric.stock
              ? t('wasAt', { value: words.number(total.comparedValue), day: answer.comparedToDay })
              : t('wasDuring', {
                  value: words.number(total.comparedValue),
                  from: answer.comparedFromDay,
                  to: answer.comparedToDay,
                })}
          </dd>
        </div>
      )}
    </dl>
  );
}

/** A change in percent, with its sign; a dash where there was nothing before. */
export function Change({ now, before }: { now: string; before: string }) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const change = changeOf(Number(now), Number(before));
  if (change === undefined) return <span className="soft">{t('noBefore')}</span>;
  return <>{`${change > 0 ? '+' : ''}${words.percent(change)}`}</>;
}
