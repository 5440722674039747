import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useConfirm } from '../../../ui/confirm';
import { useDay } from '../../../ui/moment';
import { SideDrawer } from '../../../ui/side-drawer';
import { QueryBoundary } from '../../../ui/states';
import { delegate, delegationsQuery, endDelegation, staffQuery, type Delegation, type Kind } from './calls';

/** Who decides in the place of another, and for how long. */
export function Delegations({ organisationId, kind }: { organisationId: string; kind: Kind }) {
  const { t } = useTranslation('approvals-manage');
  const list = useQuery(delegationsQuery(organisationId, kind));
  const staff = useQuery(staffQuery(organisationId));
  const day = useDay();
  const confirm = useConfirm();
  const { run } = useCommand();
  const [adding, setAdding] = useState(false);
  const number = (id: string) => staff.data?.get(id)?.number ?? t('gone');
  const end = ({ delegationId, fromPersonId, toPersonId }: Delegation) =>
    confirm({
      title: t('endTitle', { from: number(fromPersonId), to: number(toPersonId) }),
      content: t('endText'),
      confirm: t('end'),
      onConfirm: () =>
        run((header) => endDelegation(organisationId, kind, delegationId, header), {
          success: t('ended'),
          refreshes: [delegationsQuery(organisationId, kind).queryKey],
        }),
    });
  return (
    <section aria-label={t('delegations')}>
      <h2>{t('delegations')}</h2>
      <p className="soft">{t('delegationsText')}</p>
      <QueryBoundary query={list} rows={2}>
        {(delegations) => (
          <ul className="delegation-list">
            {delegations.map((one) => (
              <li key={one.delegationId}>
                <span>
                  {t('delegation', { from: number(one.fromPersonId), to: number(one.toPersonId) })}{' '}
                  <span className="soft">{t('period', { from: day(one.startsOn), to: day(one.endsOn) })}</span>
                </span>
                <Button size="small" danger onClick={() => end(one)}>
                  {t('end')}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </QueryBoundary>
      <Button onClick={() => setAdding(true)}>{t('delegate')}</Button>
      <SideDrawer open={adding} title={t('delegate')} onClose={() => setAdding(false)}>
        <DelegationForm organisationId={organisationId} kind={kind} onDone={() => setAdding(false)} />
      </SideDrawer>
    </section>
  );
}

interface Fields {
  fromPersonId: string;
  toPersonId: string;
  startsOn: string;
  endsOn: string;
}

function DelegationForm({ organisationId, kind, onDone }: { organisationId: string; kind: Kind; onDone: () => void }) {
  const { t } = useTranslation('approvals-manage');
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const me = useMe().data?.personNumber;
  const staff = useQuery(staffQuery(organisationId));
  const people = [...(staff.data ?? [])].map(([value, { number }]) => ({ value, label: number }));
  const create = async (body: Fields) => {
    const made = await run((header) => delegate(organisationId, kind, body, header), {
      success: t('delegated'),
      sends: JSON.stringify(body),
      invalidates: [delegationsQuery(organisationId, kind).queryKey],
    });
    if (made) onDone();
  };
  return (
    <CommandForm form={form} onSubmit={create}>
      <Form.Item name="fromPersonId" label={t('from')} rules={[{ required: true, message: t('personRule') }]}>
        <Select options={people} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item
        name="toPersonId"
        label={t('to')}
        extra={t('toExtra')}
        rules={[{ required: true, message: t('personRule') }]}
      >
        <Select options={people.filter(({ label }) => label !== me)} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="startsOn" label={t('startsOn')} rules={[{ required: true, message: t('dayRule') }]}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="endsOn" label={t('endsOn')} rules={[{ required: true, message: t('dayRule') }]}>
        <Input type="date" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t('delegateDone')}
      </Button>
    </CommandForm>
  );
}
