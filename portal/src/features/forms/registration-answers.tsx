import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { uploadsAt, type UploadMethods } from '../../api/uploads';
import { QueryBoundary } from '../../ui/states';
import { AnswersView } from './answers-view';
import { AttachmentsOf } from './attachments';
import { definitionOf, fieldsOf, type Answers } from './definition';

/** The upload of a file for a registration for an activity. */
export const registrationUpload = (activityId: string): ((key: string) => UploadMethods) =>
  uploadsAt('/v1/activities/{activityId}/registration-uploads', { activityId });

/** Where a file of a registration can be read: by the organiser, or by the registrant. */
export const registrationFile =
  (registrationId: string, own: boolean) =>
  (uploadId: string, face: 'CLEAN' | 'ORIGINAL'): string =>
    `/v1/${own ? 'me/' : ''}registrations/${registrationId}/files/${uploadId}/content${face === 'ORIGINAL' ? '?face=ORIGINAL' : ''}`;

/** What a person answered when registering, as the platform shows it to this reader: the registrant (`own`) or the organiser. */
export function RegistrationAnswers({
  query,
  registrationId,
  own = false,
}: {
  query: UseQueryResult<Schema<'RegistrationAnswers'>>;
  registrationId: string;
  own?: boolean;
}) {
  const { t } = useTranslation('forms');
  const href = useMemo(() => registrationFile(registrationId, own), [registrationId, own]);
  return (
    <QueryBoundary query={query} rows={4}>
      {({ form, answers, withheld, files }) => {
        const definition = definitionOf(form?.definition);
        const given = (answers ?? {}) as Answers;
        const none = fieldsOf(definition).every(({ key }) => given[key] === undefined);
        if (withheld) return <p>{t('answersWithheld')}</p>;
        return none ? (
          <p>{t('noAnswers')}</p>
        ) : (
          <AttachmentsOf files={files} href={href}>
            <AnswersView definition={definition} answers={given} />
          </AttachmentsOf>
        );
      }}
    </QueryBoundary>
  );
}
