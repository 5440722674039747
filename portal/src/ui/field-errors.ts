import { useQueryClient } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useCallback } from 'react';
import { meQuery } from '../api/me';
import { problemOf } from '../api/problem';
import { useNotices } from './notices';
import { problemInForm } from './form-problem';

/**
 * Shows a problem where the person can mend it: at the fields that the form shows, otherwise as a message. `about` is the field that
 * the caller knows it to be about.
 */
export function useFieldErrors(form?: FormInstance) {
  const { message } = useNotices();
  const queries = useQueryClient();
  return useCallback(
    (error: unknown, about?: string): void => {
      const problem = problemOf(error);
      // The session has ended: a dialogue asks to sign in again.
      if (problem.code === 'UNAUTHENTICATED' && queries.getQueryData(meQuery.queryKey)) return;
      // Only fields on view: an error at any other would not be seen.
      const shown = new Set(Object.keys((form?.getFieldsValue() as Record<string, unknown> | undefined) ?? {}));
      const { fields, message: rest } = problemInForm(problem, shown, about);
      const [first] = fields;
      if (form && first) {
        form.setFields(fields.map(([name, text]) => ({ name, errors: [text] })));
        // In the middle: a header that sticks to the top would cover the name of the field.
        form.scrollToField(first[0], { focus: true, block: 'center' });
      }
      if (rest) message.error(rest, 6);
    },
    [form, message, queries],
  );
}
