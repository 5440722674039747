import type { FormInstance } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { idempotencyKey } from '../api/client';
import { problemOf, type Problem } from '../api/problem';
import { useNotices } from './notices';
import { useRefusal } from './field-errors';

/**
 * One thing a person does. The key stays the same while the answer is unknown, so that doing it again after a lost
 * answer does it once; what was refused or done is followed by a new key. `onProblem` says whether it has dealt with a refusal itself,
 * or which field of the form the refusal is about.
 */
export function useAct(form?: FormInstance) {
  const refuse = useRefusal(form);
  const key = useRef(idempotencyKey());
  const [busy, setBusy] = useState(false);
  const act = useCallback(
    async <T>(
      work: (headers: { 'Idempotency-Key': string }) => Promise<T>,
      onProblem?: (problem: Problem) => boolean | string,
    ): Promise<T | undefined> => {
      setBusy(true);
      try {
        const done = await work({ 'Idempotency-Key': key.current });
        key.current = idempotencyKey();
        return done;
      } catch (error) {
        const problem = problemOf(error);
        if (!problem.passing) key.current = idempotencyKey();
        const handled = onProblem?.(problem);
        if (handled !== true) refuse(error, handled || undefined);
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [refuse],
  );
  return { act, busy };
}

/** Asks once before something that cannot be taken back; the dialogue stays until it is done. */
export function useSure() {
  const { confirm } = useNotices();
  return useCallback(
    (asked: {
      title: string;
      content: string;
      yes: string;
      no: string;
      danger?: boolean;
      act: () => Promise<unknown>;
    }) =>
      confirm({
        title: asked.title,
        content: asked.content,
        okText: asked.yes,
        cancelText: asked.no,
        okButtonProps: { danger: asked.danger ?? true },
        focusable: { autoFocusButton: 'cancel' },
        onOk: () => asked.act(),
      }),
    [confirm],
  );
}
