import { useQueryClient } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/me';
import { problemOf } from '../api/problem';
import { useNotices } from './notices';

/**
 * Puts what was refused where the person can mend it: at the fields that the form has, otherwise as a message.
 * Returns the problem, for those who want to do more about some codes.
 */
export function useRefusal(form?: FormInstance) {
  const { message } = useNotices();
  const { t } = useTranslation();
  const queries = useQueryClient();
  return useCallback(
    (error: unknown) => {
      const problem = problemOf(error);
      // The session has ended: a dialogue asks to sign in again.
      if (problem.code === 'UNAUTHENTICATED' && queries.getQueryData(meQuery.queryKey)) return problem;
      // `form.redirectUris[0]` is the field `redirectUris`.
      const nameOf = (field: string) => (field.split('.').at(-1) ?? field).replace(/\[\d+\]$/, '');
      const known = new Set(Object.keys((form?.getFieldsValue(true) as Record<string, unknown> | undefined) ?? {}));
      const fields = problem.violations.filter((violation) => known.has(nameOf(violation.field)));
      if (form && fields.length > 0) {
        form.setFields(fields.map(({ field, description }) => ({ name: nameOf(field), errors: [description] })));
        form.scrollToField(nameOf(fields[0]?.field ?? ''), { focus: true });
      } else {
        const text = [problem.title || t('state.offline'), problem.detail].filter(Boolean).join(' ');
        message.error(text, 6);
      }
      return problem;
    },
    [form, message, t, queries],
  );
}
