import { DownloadOutlined, LinkOutlined, PrinterOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../../api/client';
import { download } from '../../../../ui/csv';
import { EmptyState } from '../../../../ui/states';
import { Chart } from '../chart';
import { Fresh } from '../meaning';
import { Panel } from '../panel';
import type { Question } from './question';
import { GroupTable } from './table';
import { rowsOf } from './rows';
import { Total } from './total';
import { useSliceWords } from './words';

/** As many bars as can be told apart. */
const mostBars = 24;

/** The answer: the total, its course, its groups, what it means and how far it is counted. */
export function Answer({
  answer,
  question,
  ask,
  busy,
}: {
  answer: Schema<'QuerySlicesResponse'>;
  question: Question;
  ask: (next: Question) => void;
  busy: boolean;
}) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const { metric, total, groups, points } = answer;
  const course = useMemo(() => points.map(({ toDay, value }) => ({ key: toDay, value: Number(value) })), [points]);
  if (!metric || !total) return <EmptyState />;
  const title = words.title(metric);
  const unit = words.unit(metric);
  const bars = groups.slice(0, mostBars).map((group) => ({
    key: question.groupBy.map((by, at) => words.value(by, group.keys[at] ?? '', group.labels[at])).join(' · '),
    value: Number(group.cell?.value ?? 0),
  }));
  const save = () => download(`${title} ${answer.fromDay} ${answer.toDay}`, rowsOf(answer, question.groupBy, words, t));
  return (
    <div className="slice-answer" aria-busy={busy}>
      <Total answer={answer} total={total} metric={metric} question={question} />
      <div className="slice-tools">
        <CopyLink />
        <Button icon={<DownloadOutlined aria-hidden />} onClick={save}>
          {t('download')}
        </Button>
        <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          {t('print')}
        </Button>
      </div>
      {course.length > 0 && (
        <Panel title={t('courseOf', { title })} className="thin">
          <Chart kind={metric.stock ? 'line' : 'bar'} points={course} title={title} unit={unit} period={t('until')} />
        </Panel>
      )}
      {question.groupBy.length > 0 && (
        <Panel
          title={t('brokenBy', { title, by: question.groupBy.map(words.dimension).join(t('times')) })}
          className="thin"
        >
          {groups.length === 0 ? (
            <EmptyState text={t('nothing')} />
          ) : (
            <>
              <Chart kind="bar" points={bars} title={title} unit={unit} period={t('group')} plain />
              <GroupTable answer={answer} question={question} ask={ask} />
            </>
          )}
        </Panel>
      )}
      <Panel title={t('meaning')} className="thin">
        <dl className="slice-meaning">
          <div>
            <dt>{t('definition')}</dt>
            <dd>{words.english ? metric.definitionEn : metric.definitionZh}</dd>
          </div>
          <div>
            <dt>{t('formula')}</dt>
            <dd>{words.english ? metric.formulaEn : metric.formulaZh}</dd>
          </div>
          <div>
            <dt>{t('source')}</dt>
            <dd>
              {t('sourceOf', {
                owner: t(`owner.${metric.owner}`, { defaultValue: metric.owner }),
                events: metric.sourceEvents.map((event) => event.split('/')[1]).join(t('comma')),
                version: metric.version,
                since: metric.since,
              })}
            </dd>
          </div>
          {total.people !== undefined && (
            <div>
              <dt>{t('people')}</dt>
              <dd>{t('peopleMeaning')}</dd>
            </div>
          )}
          <div>
            <dt>{t('freshness')}</dt>
            <dd>
              <ul className="slice-fresh">
                {answer.freshness.map((source) => (
                  <li key={source.source}>
                    {t(`owner.${source.source}`, { defaultValue: source.source })}{' '}
                    <Fresh sources={[source.source]} freshness={[source]} />{' '}
                    {t('applied', {
                      position: words.number(source.appliedPosition),
                      seconds: words.number(source.behindSeconds),
                      quarantined: words.number(source.quarantined),
                    })}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        </dl>
      </Panel>
    </div>
  );
}

/** Copies the address: who opens it is asked for their own rights. */
function CopyLink() {
  const { t } = useTranslation('cockpit-slices');
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(window.location.href);
    setCopied(true);
  };
  return (
    <>
      <Button icon={<LinkOutlined aria-hidden />} onClick={() => void copy()} onBlur={() => setCopied(false)}>
        {copied ? t('copied') : t('copyLink')}
      </Button>
      <span className="visually-hidden" role="status">
        {copied && t('copied')}
      </span>
    </>
  );
}
