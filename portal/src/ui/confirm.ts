import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotices } from './notices';

export interface Confirmation {
  title: string;
  content: string;
  /** Label of the button that does it. */
  confirm: string;
  /** Label of the button that does not; "cancel" unless another word is clearer. */
  cancel?: string;
  /** Whether it does harm that cannot be undone; so unless said otherwise. */
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
}

/** Asks before something that cannot be taken back. The dialogue stays until the work is done; Enter cancels. */
export function useConfirm() {
  const { t } = useTranslation();
  const { confirm } = useNotices();
  return useCallback(
    (asked: Confirmation) =>
      confirm({
        title: asked.title,
        content: asked.content,
        okText: asked.confirm,
        cancelText: asked.cancel ?? t('form.cancel'),
        okButtonProps: { danger: asked.danger ?? true },
        focusable: { autoFocusButton: 'cancel' },
        onOk: () => asked.onConfirm(),
      }),
    [confirm, t],
  );
}
