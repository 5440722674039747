import { App, type FormInstance } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../api/problem';

/**
 * Puts what was refused where the person can mend it: at the fields that the form has, otherwise as a message.
 * Returns the problem, for those who want to do more about some codes.
 */
export function useRefusal(form?: FormInstance) {
  const { message } = App.useApp();
  const { t } = useTranslation();
  return useCallback(
    (error: unknown) => {
      const problem = problemOf(error);
      // `form.redirectUris[0]` is the field `redirectUris`.
      const nameOf = (field: string) => (field.split('.').at(-1) ?? field).replace(/\[\d+\]$/, '');
      const known = new Set(Object.keys((form?.getFieldsValue(true) as Record<string, unknown> | undefined) ?? {}));
      const fields = problem.violations.filter((violation) => known.has(nameOf(violation.field)));
      if (form && fields.length > 0) {
        form.setFields(fields.map(({ field, description }) => ({ name: nameOf(field), errors: [description] })));
        form.scrollToField(nameOf(fields[0]?.field ?? ''), { focus: true });
      } else {
        const text = [problem.title || t('state.offline'), problem.detail].filter(Boolean).join(' ');
        void message.error(text, 6);
      }
      return problem;
    },
    [form, message, t],
  );
}
