import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { idempotencyKey } from '../api/client';
import { problemOf, type Problem } from '../api/problem';
import { useFieldErrors } from './field-errors';
import { useNotices } from './notices';

export interface IdempotencyHeader {
  'Idempotency-Key': string;
}

export interface Outcome<Result> {
  /** Message after success. */
  success?: string | ((result: Result) => string);
  /** Queries that are out of date after success. */
  invalidates?: readonly QueryKey[];
  /** Queries that are out of date whatever the answer was: after a refusal the page shows something that no longer holds. */
  refreshes?: readonly QueryKey[];
  /**
   * Called with a refusal before it is shown. `true`: the caller has dealt with it. A text: the field of the form that the refusal is
   * about.
   */
  onProblem?: (problem: Problem) => boolean | string;
}

/**
 * A request that changes something. `run` resolves to the answer, or to nothing when the request was refused and the refusal is
 * shown: at the fields of `form`, otherwise as a message. The idempotency key stays the same while the answer is unknown, so that
 * a second attempt after a lost answer takes effect once; an answer of any kind is followed by a new key.
 */
export function useCommand(form?: FormInstance) {
  const showProblem = useFieldErrors(form);
  const { message } = useNotices();
  const queries = useQueryClient();
  const key = useRef(idempotencyKey());
  const [busy, setBusy] = useState(false);
  const run = useCallback(
    async <Result>(
      request: (header: IdempotencyHeader) => Promise<Result>,
      { success, invalidates = [], refreshes = [], onProblem }: Outcome<Result> = {},
    ): Promise<Result | undefined> => {
      const invalidate = (keys: readonly QueryKey[]) => {
        for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
      };
      setBusy(true);
      try {
        const result = await request({ 'Idempotency-Key': key.current });
        key.current = idempotencyKey();
        invalidate([...invalidates, ...refreshes]);
        if (success) message.success(typeof success === 'string' ? success : success(result));
        return result;
      } catch (error) {
        const problem = problemOf(error);
        if (!problem.passing) key.current = idempotencyKey();
        invalidate(refreshes);
        const handled = onProblem?.(problem);
        if (handled !== true) showProblem(error, handled || undefined);
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [showProblem, message, queries],
  );
  return { run, busy };
}
