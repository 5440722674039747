import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useCommand } from '../command';
import { CommandForm } from '../command-form';
import { useConfirm } from '../confirm';
import { Dialog } from '../dialog';
import { useNotices } from '../notices';
import { ReasonDialog } from '../reason-dialog';
import { Sheet } from '../sheet';
import { SideDrawer } from '../side-drawer';
import { Problem } from '../../api/problem';
import { Section, State } from './section';

const wait = () => new Promise((resolve) => setTimeout(resolve, 800));

/** What the platform answers when it refuses a field (RFC 9457). */
const refusal = async (): Promise<never> => {
  await wait();
  const violations = [{ field: 'employer', description: '请填写单位的全称' }];
  throw await Problem.of(Response.json({ code: 'INVALID_ARGUMENT', title: '内容有误', violations }, { status: 400 }));
};

function FormExample() {
  const [form] = Form.useForm<{ employer: string }>();
  const { run, busy } = useCommand(form);
  return (
    <CommandForm form={form} onSubmit={() => run(refusal)}>
      <Form.Item name="employer" label="工作单位" rules={[{ required: true, message: '请填写工作单位' }]}>
        <Input maxLength={100} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        保存
      </Button>
    </CommandForm>
  );
}

function Dialogs() {
  const confirm = useConfirm();
  const { message } = useNotices();
  const [open, setOpen] = useState<'dialog' | 'drawer' | 'reason' | null>(null);
  const [form] = Form.useForm<{ reason?: string }>();
  const close = () => setOpen(null);
  return (
    <div className="toolbar">
      <Button onClick={() => setOpen('dialog')}>Dialog</Button>
      <Button onClick={() => setOpen('drawer')}>SideDrawer</Button>
      <Button onClick={() => setOpen('reason')}>ReasonDialog</Button>
      <Button
        danger
        onClick={() =>
          confirm({
            title: '停用这个系统吗？',
            content: '停用后不能恢复。',
            confirm: '停用',
            onConfirm: async () => {
              await wait();
              message.success('已停用');
            },
          })
        }
      >
        useConfirm
      </Button>
      {(['success', 'info', 'warning', 'error'] as const).map((kind) => (
        <Button key={kind} onClick={() => message[kind]('资料已保存')}>
          message.{kind}
        </Button>
      ))}
      {open === 'dialog' && (
        <Dialog title="批准入会吗？" action={{ label: '批准入会', onClick: close }} onClose={close}>
          <p>批准后立即生成会员号，不能撤销。</p>
        </Dialog>
      )}
      {open === 'reason' && (
        <ReasonDialog
          form={form}
          title="退回申请"
          lead="申请人会看到这段话。"
          confirm="退回修改"
          busy={false}
          templates={['工作单位请填写全称。']}
          onConfirm={close}
          onClose={close}
        />
      )}
      <SideDrawer open={open === 'drawer'} title="修改活动" onClose={close}>
        <FormExample />
      </SideDrawer>
    </div>
  );
}

export function FormsSection() {
  return (
    <>
      <Section
        name="CommandForm, useCommand"
        purpose="A form and the request it makes. Submit it empty, then filled: the platform's refusal stands at its field."
      >
        <State name="empty, refused in the browser, busy, refused by the platform">
          <FormExample />
        </State>
      </Section>
      <Section name="Dialog, SideDrawer, ReasonDialog, useConfirm, useNotices" purpose="What lies over the page.">
        <Dialogs />
      </Section>
      <Section name="Sheet" purpose="One thing to do, in the middle of the page.">
        <Sheet title="登录" lead="用手机号或邮箱登录。">
          <FormExample />
        </Sheet>
      </Section>
    </>
  );
}
