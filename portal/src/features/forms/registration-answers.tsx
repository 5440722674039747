import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { QueryBoundary } from '../../ui/states';
import { AnswersView } from './answers-view';
import { definitionOf, fieldsOf, type Answers } from './definition';

/** What a person answered when registering, as the platform shows it to this reader. */
export function RegistrationAnswers({ query }: { query: UseQueryResult<Schema<'RegistrationAnswers'>> }) {
  const { t } = useTranslation('forms');
  return (
    <QueryBoundary query={query} rows={4}>
      {({ form, answers, withheld }) => {
        const definition = definitionOf(form?.definition);
        const given = (answers ?? {}) as Answers;
        const none = fieldsOf(definition).every(({ key }) => given[key] === undefined);
        if (withheld) return <p>{t('answersWithheld')}</p>;
        return none ? <p>{t('noAnswers')}</p> : <AnswersView definition={definition} answers={given} />;
      }}
    </QueryBoundary>
  );
}
