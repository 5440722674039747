import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DivisionName } from '../../ui/division-field';
import { useDay } from '../../ui/moment';
import { useAttachments } from './attachments';
import { textOf } from './condition';
import { fieldsOf, type Answers, type Definition, type Field, type Json } from './definition';
import { DisciplineName } from './discipline-field';
import { OrganisationName } from './organisation-field';
import { useFileSize, useWords } from './words';
import '../../ui/content.css';
import './filler.css';

/** Answers to read, with their questions; those that were not answered are left out. */
export function AnswersView({ definition, answers }: { definition: Definition; answers: Answers }) {
  const words = useWords();
  const answered = fieldsOf(definition).filter((field) => answers[field.key] !== undefined);
  if (answered.length === 0) return null;
  return (
    <dl className="facts answers-view">
      {answered.map((field) => (
        <div key={field.key}>
          <dt>{words(field.title)}</dt>
          <dd>
            <Answer field={field} value={answers[field.key] ?? null} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Answer({ field, value }: { field: Field; value: Json }): ReactNode {
  const { t, i18n } = useTranslation('forms');
  const words = useWords();
  const day = useDay();
  const option = (one: Json): string => {
    const key = textOf(one) ?? '';
    const known = field.options?.find((choice) => choice.key === key);
    if (known) return words(known.title);
    const other = typeof one === 'object' && one !== null && !Array.isArray(one) ? one.other : undefined;
    return typeof other === 'string' ? other : key;
  };
  const list = Array.isArray(value) ? value : [];
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const unit = words(field.unit);
  const plain = typeof value === 'object' ? '' : String(value);
  switch (field.type) {
    case 'paragraphs':
      return <span className="long-text">{plain}</span>;
    case 'integer':
    case 'decimal':
      return unit ? `${plain} ${unit}` : plain;
    case 'money':
      return new Intl.NumberFormat(i18n.language, { style: 'currency', currency: 'CNY' }).format(Number(plain) / 100);
    case 'date':
      return day(plain);
    case 'period': {
      const { from, to } = object;
      return `${day(typeof from === 'string' ? from : '')} – ${typeof to === 'string' ? day(to) : t('present')}`;
    }
    case 'single':
      return option(value);
    case 'multiple':
      return (
        <ul>
          {list.map((one, at) => (
            <li key={at}>{option(one)}</li>
          ))}
        </ul>
      );
    case 'ranking':
      return (
        <ol>
          {list.map((one, at) => (
            <li key={at}>{option(one)}</li>
          ))}
        </ol>
      );
    case 'matrix':
      return (
        <ul>
          {field.rows
            ?.filter((row) => object[row.key] !== undefined)
            .map((row) => (
              <li key={row.key}>{t('pair', { name: words(row.title), value: option(object[row.key] ?? null) })}</li>
            ))}
        </ul>
      );
    case 'yesNo':
      return t(value === true ? 'yes' : 'no');
    case 'agree':
      return t('agreed');
    case 'division':
      return <DivisionName code={plain} />;
    case 'discipline':
      return <DisciplineName code={plain} />;
    case 'organisation':
      return <OrganisationName id={plain} />;
    case 'file':
      return <Files uploads={list.filter((one) => typeof one === 'string')} />;
    case 'table':
      return (
        <ol>
          {list.map((row, at) => (
            <li key={at}>
              <AnswersView
                definition={{ pages: [{ sections: [{ fields: field.columns ?? [] }] }] }}
                answers={row as Answers}
              />
            </li>
          ))}
        </ol>
      );
    case 'text':
    case 'person':
    case 'scale':
      return plain;
  }
}

/** Files to read: the clean copy by their names, and the original beside it. */
function Files({ uploads }: { uploads: string[] }) {
  const { t } = useTranslation('forms');
  const size = useFileSize();
  const { known, href } = useAttachments();
  return (
    <ul className="answer-files">
      {uploads.map((uploadId) => {
        const file = known.get(uploadId);
        const name = file?.name ?? t('file.unnamed');
        return (
          <li key={uploadId}>
            {file && href ? (
              <>
                {/* Browsers show pictures, and save anything else: the clean copy has no name of its own. */}
                <a
                  href={href(uploadId, 'CLEAN')}
                  {...(file.type.startsWith('image/') ? { target: '_blank', rel: 'noreferrer' } : { download: name })}
                >
                  {name}
                </a>{' '}
                <span className="soft">{size(file.size)}</span>{' '}
                <a href={href(uploadId, 'ORIGINAL')} download={name} aria-label={t('file.originalOf', { name })}>
                  {t('file.original')}
                </a>
              </>
            ) : (
              name
            )}
          </li>
        );
      })}
    </ul>
  );
}
