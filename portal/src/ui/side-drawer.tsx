import { Drawer } from 'antd';
import type { ReactNode } from 'react';

/** A panel from the side for work on one thing of a list: a form, or a list of its own (`wide`). Fills a phone. */
export function SideDrawer({
  open,
  title,
  wide = false,
  onClose,
  children,
}: {
  open: boolean;
  title: string;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Drawer
      open={open}
      title={title}
      size={wide ? 'min(100vw, 760px)' : 'min(100vw, 560px)'}
      destroyOnHidden
      onClose={onClose}
    >
      {children}
    </Drawer>
  );
}
