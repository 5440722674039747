import { useQueryClient } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useCallback } from 'react';
import { meQuery } from '../api/me';
import { problemOf, type Problem } from '../api/problem';
import { useNotices } from './notices';

/** Refusals that are about one field although they name none: the first of these that the form has. */
const fieldsOf: Record<string, readonly string[]> = {
  SIGN_IN_FAILED: ['password', 'code'],
  CODE_WRONG: ['code'],
  PASSWORD_WRONG: ['currentPassword'],
  PASSWORD_WEAK: ['newPassword', 'password'],
  ADDRESS_IN_USE: ['address'],
  RESIDENT_ID_INVALID: ['residentIdNumber'],
  NAME_AND_NUMBER_DIFFER: ['residentIdNumber'],
  DOCUMENT_IN_USE: ['residentIdNumber'],
  PERSON_NOT_FOUND: ['personNumber'],
  PERSON_NOT_VERIFIED: ['personNumber'],
  ROLES_EXCLUSIVE: ['role'],
  ROLE_NOT_HERE: ['role'],
  DIVISION_UNKNOWN: ['divisionCode'],
};

/** A sentence and what to do about it, under the field that it is about. */
function refusedFields({ code, title, detail, violations }: Problem, known: ReadonlySet<string>): [string, string][] {
  // `form.redirectUris[0]` is the field `redirectUris`.
  const nameOf = (field: string) => (field.split('.').at(-1) ?? field).replace(/\[\d+\]$/, '');
  const named = violations
    .map(({ field, description }): [string, string] => [nameOf(field), description])
    .filter(([name]) => known.has(name));
  const meant = fieldsOf[code]?.find((name) => known.has(name));
  if (named.length > 0 || !meant) return named;
  return [[meant, [title, detail].filter(Boolean).join(/[\u4e00-\u9fff]$/.test(title) ? '。' : '. ')]];
}

/**
 * Puts what was refused where the person can mend it: at the fields that the form has, otherwise as a message.
 * Returns the problem, for those who want to do more about some codes.
 */
export function useRefusal(form?: FormInstance) {
  const { message } = useNotices();
  const queries = useQueryClient();
  return useCallback(
    (error: unknown) => {
      const problem = problemOf(error);
      // The session has ended: a dialogue asks to sign in again.
      if (problem.code === 'UNAUTHENTICATED' && queries.getQueryData(meQuery.queryKey)) return problem;
      const known = new Set(Object.keys((form?.getFieldsValue(true) as Record<string, unknown> | undefined) ?? {}));
      const [first, ...others] = refusedFields(problem, known);
      if (form && first) {
        form.setFields([first, ...others].map(([name, said]) => ({ name, errors: [said] })));
        form.scrollToField(first[0], { focus: true });
      } else {
        message.error([problem.title, problem.detail].filter(Boolean).join(' '), 6);
      }
      return problem;
    },
    [form, message, queries],
  );
}
