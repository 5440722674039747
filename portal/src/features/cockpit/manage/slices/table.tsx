import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../../api/client';
import { within, type Question } from './question';
import { Change } from './total';
import { useSliceWords } from './words';

/** Rows shown at first, and by how many more at a time. */
const page = 50;

/** The groups as a table; each can be looked into. */
export function GroupTable({
  answer,
  question,
  ask,
}: {
  answer: Schema<'QuerySlicesResponse'>;
  question: Question;
  ask: (next: Question) => void;
}) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const [shown, setShown] = useState(page);
  const { groups, metric, total } = answer;
  const people = total?.people !== undefined;
  const all = Number(total?.value ?? 0);
  const left = groups.length - shown;
  return (
    <>
      <div className="scrolls slice-groups" tabIndex={0} role="region" aria-label={t('table')}>
        <table className="slice-table">
          <thead>
            <tr>
              {question.groupBy.map((dimension) => (
                <th scope="col" key={dimension} className="slice-key">
                  {words.dimension(dimension)}
                </th>
              ))}
              <th scope="col">{metric ? words.title(metric) : ''}</th>
              <th scope="col">{t('share')}</th>
              {people && <th scope="col">{t('people')}</th>}
              {question.compare && <th scope="col">{t('before')}</th>}
              {question.compare && <th scope="col">{t(`compared.${question.compare}`)}</th>}
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, shown).map((group) => (
              <tr key={group.keys.join(' ')}>
                {question.groupBy.map((dimension, at) => {
                  const key = group.keys[at] ?? '';
                  const name = words.value(dimension, key, group.labels[at]);
                  return (
                    <th scope="row" key={dimension}>
                      <Button
                        type="link"
                        aria-label={t('lookInto', { name })}
                        onClick={() => ask(within(question, dimension, key))}
                      >
                        {name}
                      </Button>
                    </th>
                  );
                })}
                <td>{words.number(group.cell?.value ?? 0)}</td>
                <td>{all > 0 ? words.percent(Number(group.cell?.value ?? 0) / all) : ''}</td>
                {people && <td>{words.number(group.cell?.people ?? 0)}</td>}
                {question.compare && <td>{words.number(group.cell?.comparedValue ?? 0)}</td>}
                {question.compare && (
                  <td>
                    <Change now={group.cell?.value ?? '0'} before={group.cell?.comparedValue ?? '0'} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && <Button onClick={() => setShown(shown + page)}>{t('more', { count: Math.min(left, page) })}</Button>}
      {Number(answer.groupsLeftOut) > 0 && (
        <p className="soft">{t('leftOut', { count: Number(answer.groupsLeftOut) })}</p>
      )}
    </>
  );
}
