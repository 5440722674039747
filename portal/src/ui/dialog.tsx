import { Button, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './dialog.css';

export interface DialogAction {
  label: string;
  danger?: boolean;
  busy?: boolean;
  /** The button has the focus when the dialogue opens. */
  focused?: boolean;
  onClick: () => void;
}

/**
 * A dialogue over the page. With `action` it has that button and "cancel"; with `closeLabel` one button that closes it; with neither
 * none at all. Without `onClose` it is closed by its buttons alone, not by the mask or Escape.
 */
export function Dialog({
  open = true,
  title,
  action,
  closeLabel,
  onClose,
  onShown,
  children,
}: {
  open?: boolean;
  title: string;
  action?: DialogAction;
  closeLabel?: { label: string; onClick: () => void };
  onClose?: () => void;
  /** Called when it stands on the page, to set the focus. */
  onShown?: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      open={open}
      title={title}
      {...(onClose ? { onCancel: onClose } : { closable: false, keyboard: false, mask: { closable: false } })}
      {...(onShown && { afterOpenChange: (shown: boolean) => shown && onShown() })}
      {...(action
        ? {
            okText: action.label,
            cancelText: t('form.cancel'),
            okButtonProps: {
              danger: action.danger ?? false,
              loading: action.busy ?? false,
              autoFocus: action.focused ?? false,
            },
            onOk: action.onClick,
          }
        : {
            footer: closeLabel ? (
              <Button type="primary" onClick={closeLabel.onClick}>
                {closeLabel.label}
              </Button>
            ) : null,
          })}
    >
      {children}
    </Modal>
  );
}
