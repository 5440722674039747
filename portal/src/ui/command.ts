import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { idempotencyKey } from '../api/client';
import { problemOf, type Problem } from '../api/problem';
import { useFieldErrors } from './field-errors';
import { useNotices } from './notices';
import { useSecurityCheck } from './security-check';

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
  /**
   * What is sent. The same again after a lost answer is a second attempt; anything else is another request, with a key of its own.
   * For commands of which the next may be about something else: the next ticket, an address that was mended.
   */
  sends?: string;
  /** Success leads to another page: the command stays busy until the page is gone. */
  leaves?: boolean;
  /** Nothing is sent while a request is under way: a camera reads the same code many times a second. */
  single?: boolean;
}

/**
 * A request that changes something. `run` resolves to the answer, or to nothing when the request was refused and the refusal is
 * shown: at the fields of `form`, otherwise as a message. The idempotency key stays the same while the answer is unknown, so that
 * a second attempt after a lost answer takes effect once; an answer of any kind is followed by a new key. `checking`: the platform
 * asked for a proof of work, and the browser is busy with it.
 */
export function useCommand(form?: FormInstance) {
  const showProblem = useFieldErrors(form);
  const { message } = useNotices();
  const queries = useQueryClient();
  const key = useRef({ value: idempotencyKey(), sends: '' });
  // The state follows with the next rendering, which is too late for `single`.
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const checking = useSecurityCheck() && busy;
  const run = useCallback(
    async <Result>(
      request: (header: IdempotencyHeader) => Promise<Result>,
      { success, invalidates = [], refreshes = [], onProblem, sends = '', leaves, single }: Outcome<Result> = {},
    ): Promise<Result | undefined> => {
      if (single && running.current) return undefined;
      const renewKey = () => {
        key.current = { value: idempotencyKey(), sends };
      };
      const invalidate = (keys: readonly QueryKey[]) => {
        for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
      };
      const rest = () => {
        running.current = false;
        setBusy(false);
      };
      if (key.current.sends !== sends) renewKey();
      running.current = true;
      setBusy(true);
      try {
        const result = await request({ 'Idempotency-Key': key.current.value });
        renewKey();
        invalidate([...invalidates, ...refreshes]);
        if (success) message.success(typeof success === 'string' ? success : success(result));
        if (!leaves) rest();
        return result;
      } catch (error) {
        const problem = problemOf(error);
        if (!problem.passing) renewKey();
        invalidate(refreshes);
        rest();
        const handled = onProblem?.(problem);
        if (handled !== true) showProblem(error, handled || undefined);
        return undefined;
      }
    },
    [showProblem, message, queries],
  );
  return { run, busy, checking };
}
