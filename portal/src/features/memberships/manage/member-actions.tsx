import { Button, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import type { Problem } from '../../../api/problem';
import { useCommand, type IdempotencyHeader } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { useNotices } from '../../../ui/notices';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { grounds, type Ground } from './queries';

/** Suspends a membership with ground and reason, and reinstates it. Staff do not decide on their own membership. */
export function MemberActions({ member, organisationId }: { member: Schema<'Membership'>; organisationId: string }) {
  const { t } = useTranslation('members');
  const label = useEnumLabel();
  const { message } = useNotices();
  const [form] = Form.useForm<{ reason?: string; ground?: Ground }>();
  const { run, busy } = useCommand(form);
  const own = useMe().data?.personNumber === member.personNumber;
  const confirm = useConfirm();
  const [suspending, setSuspending] = useState(false);
  const name = member.memberName || member.memberNumber;
  const params = (header: IdempotencyHeader) => ({
    path: { membershipId: member.membershipId },
    header: { ...header, ...ifMatch(member.etag) },
  });
  const outcome = {
    refreshes: [['desk', organisationId, 'members']],
    onProblem: ({ code }: Problem) => {
      if (code !== 'ETAG_MISMATCH' && code !== 'MEMBERSHIP_STATE') return false;
      setSuspending(false);
      message.warning(t('stale'), 6);
      return true;
    },
  };
  const suspend = async (reason: string, ground: Ground) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/memberships/{membershipId}:suspend', { params: params(header), body: { reason, ground } }),
        ),
      { ...outcome, success: t('suspended') },
    );
    if (done) setSuspending(false);
  };
  const reinstate = () =>
    run(
      (header) => answer(api.POST('/v1/memberships/{membershipId}:reinstate', { params: params(header), body: {} })),
      { ...outcome, success: t('reinstated') },
    );
  if (own) return <span className="soft">{t('own')}</span>;
  return (
    <>
      {member.state === 'ACTIVE' && (
        <Button size="small" onClick={() => setSuspending(true)}>
          {t('suspend')}
        </Button>
      )}
      {member.state === 'SUSPENDED' && (
        <Button
          size="small"
          loading={busy}
          onClick={() =>
            confirm({
              title: t('reinstateTitle', { name }),
              content: t('reinstateText'),
              confirm: t('reinstate'),
              danger: false,
              onConfirm: reinstate,
            })
          }
        >
          {t('reinstate')}
        </Button>
      )}
      {suspending && (
        <ReasonDialog
          form={form}
          title={t('suspendTitle', { name })}
          lead={t('suspendLead')}
          confirm={t('suspend')}
          danger
          busy={busy}
          first="ground"
          onConfirm={(reason, { ground }) => void suspend(reason, ground ?? 'OTHER')}
          onClose={() => setSuspending(false)}
        >
          <Form.Item name="ground" label={t('ground')} rules={[{ required: true, message: t('groundRule') }]}>
            <Select options={grounds.map((value) => ({ value, label: label('SuspensionGround', value) }))} />
          </Form.Item>
        </ReasonDialog>
      )}
    </>
  );
}
