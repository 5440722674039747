import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useConfirm } from '../../../ui/confirm';
import { Dialog } from '../../../ui/dialog';
import { useDay, useMoment } from '../../../ui/moment';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { changed, grantsQuery, type GrantFilter } from './queries';
import { useRoleName } from './role-name';

type Grant = Schema<'Grant'>;

/**
 * Roles held on an organisation and, if asked for, below it; now, or on a day of the past. Each can be taken back by those whose own
 * role administers it, but not from oneself; those that two people give are proposed to be taken.
 */
export function GrantList({
  organisationId,
  roles,
  givable,
}: {
  organisationId: string;
  roles: readonly Schema<'Role'>[];
  givable: ReadonlySet<string>;
}) {
  const { t } = useTranslation('grants');
  const moment = useMoment();
  const me = useMe().data?.personNumber;
  const roleName = useRoleName();
  const confirm = useConfirm();
  const { run } = useCommand();
  const [filter, setFilter] = useState<GrantFilter>({ below: false, onDay: '', role: '' });
  const [extending, setExtending] = useState<Grant>();
  const [taking, setTaking] = useState<Grant>();
  const day = useDay();
  const list = useInfiniteQuery(grantsQuery(organisationId, filter));
  const refreshes = changed(organisationId);
  const known = (grant: Grant) => roles.find(({ role }) => role === grant.role);
  const nameOf = (grant: Grant) => roleName(known(grant), grant.role);
  const take = (grantId: string) =>
    run(
      async () => {
        await api.DELETE('/v1/grants/{grantId}', { params: { path: { grantId } } });
        return true;
      },
      { success: t('taken'), refreshes },
    );
  const leave = (personNumber: string) =>
    run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/grants:revokeOfPerson', {
            params: { path: { organisationId }, header },
            body: { personNumber },
          }),
        ),
      {
        success: ({ revoked, remaining }) =>
          t(remaining.length > 0 ? 'leftSome' : 'left', { count: revoked, remaining: remaining.length }),
        refreshes,
      },
    );
  const columns: Column<Grant>[] = [
    {
      name: t('holder'),
      cell: ({ personNumber, maskedName }) => (
        <span>
          {maskedName} <span className="mono soft">{personNumber}</span>{' '}
          {personNumber === me && <span className="soft">{t('me')}</span>}
        </span>
      ),
    },
    { name: t('role'), cell: nameOf },
    ...(filter.below ? [{ name: t('organisation'), cell: ({ organisationName }: Grant) => organisationName }] : []),
    { name: t('since'), cell: ({ createdAt }) => (createdAt ? moment.day(createdAt) : '') },
    {
      name: t('until'),
      cell: ({ endedAt, lastDay }) => {
        if (endedAt) return t('ended', { day: moment.day(endedAt) });
        return lastDay ? day(lastDay) : <span className="soft">{t('noEnd')}</span>;
      },
    },
  ];
  const actions = (grant: Grant) => {
    if (grant.endedAt) return null;
    if (grant.personNumber === me) return <span className="soft">{t('takenByOthers')}</span>;
    if (known(grant) && !givable.has(grant.role))
      return (
        <span className="soft">{t(/^platform\./.test(grant.role) ? 'takenBySecurity' : 'takenByOrganisation')}</span>
      );
    if (known(grant)?.twoPeople)
      return (
        <Button size="small" danger onClick={() => setTaking(grant)}>
          {t('proposeTake')}
        </Button>
      );
    return (
      <>
        <Button size="small" onClick={() => setExtending(grant)}>
          {t('changeEnd')}
        </Button>
        <Button
          size="small"
          danger
          onClick={() =>
            confirm({
              title: t('takeTitle', { number: grant.personNumber, role: nameOf(grant) }),
              content: t('takeText'),
              confirm: t('take'),
              onConfirm: () => take(grant.grantId),
            })
          }
        >
          {t('take')}
        </Button>
        <Button
          size="small"
          danger
          onClick={() =>
            confirm({
              title: t('leaveTitle', { number: grant.personNumber }),
              content: t('leaveText'),
              confirm: t('leave'),
              onConfirm: () => leave(grant.personNumber),
            })
          }
        >
          {t('leave')}
        </Button>
      </>
    );
  };
  return (
    <section aria-labelledby="grant-list">
      <h2 id="grant-list">{t('list')}</h2>
      <div className="grant-filter">
        <label>
          <span>{t('onDay')}</span>
          <Input
            type="date"
            value={filter.onDay}
            onChange={({ target }) => setFilter({ ...filter, onDay: target.value })}
          />
        </label>
        <label>
          <span>{t('role')}</span>
          <Select
            value={filter.role}
            aria-label={t('ofRole')}
            onChange={(role: string) => setFilter({ ...filter, role })}
            options={[
              { value: '', label: t('allRoles') },
              ...roles.map((one) => ({ value: one.role, label: roleName(one, one.role) })),
            ]}
          />
        </label>
        <Checkbox checked={filter.below} onChange={({ target }) => setFilter({ ...filter, below: target.checked })}>
          {t('below')}
        </Checkbox>
      </div>
      <ResourceTable
        query={list}
        rowsOf={(page) => page.grants}
        keyOf={(grant) => grant.grantId}
        columns={columns}
        actions={actions}
        empty={<EmptyState text={t(filter.onDay ? 'nothingThen' : 'nothing')} />}
        lines={6}
      />
      {extending && (
        <EndDialog
          grant={extending}
          role={nameOf(extending)}
          organisationId={organisationId}
          onClose={() => setExtending(undefined)}
        />
      )}
      {taking && (
        <TakeDialog
          grant={taking}
          role={nameOf(taking)}
          organisationId={organisationId}
          onClose={() => setTaking(undefined)}
        />
      )}
    </section>
  );
}

interface DialogProps {
  grant: Grant;
  role: string;
  organisationId: string;
  onClose: () => void;
}

/** Changes the last day of a grant. */
function EndDialog({ grant, role, organisationId, onClose }: DialogProps) {
  const { t } = useTranslation('grants');
  const [form] = Form.useForm<{ lastDay?: string }>();
  const { run, busy } = useCommand(form);
  const change = async ({ lastDay }: { lastDay?: string }) => {
    const done = await run(
      (header) =>
        answer(
          api.PATCH('/v1/grants/{grantId}', {
            params: { path: { grantId: grant.grantId }, header },
            body: { lastDay: lastDay ?? '' },
          }),
        ),
      { success: t('endChanged'), sends: lastDay ?? '', refreshes: changed(organisationId) },
    );
    if (done) onClose();
  };
  return (
    <Dialog
      title={t('endTitle', { number: grant.personNumber, role })}
      action={{ label: t('save'), busy, onClick: () => form.submit() }}
      onClose={onClose}
    >
      <CommandForm form={form} name="end" preserve={false} initialValues={{ lastDay: grant.lastDay }} onSubmit={change}>
        <Form.Item name="lastDay" label={t('lastDay')} extra={t('lastDayHint')}>
          <Input type="date" />
        </Form.Item>
      </CommandForm>
    </Dialog>
  );
}

/** Proposes to take a role that two people give. */
function TakeDialog({ grant, role, organisationId, onClose }: DialogProps) {
  const { t } = useTranslation('grants');
  const [form] = Form.useForm<{ reason?: string }>();
  const { run, busy } = useCommand(form);
  const propose = async (reason: string) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/grantProposals', {
            params: { path: { organisationId: grant.organisationId }, header },
            body: { action: 'TAKE', role: grant.role, personNumber: grant.personNumber, reason },
          }),
        ),
      { success: t('proposed'), sends: reason, refreshes: changed(organisationId) },
    );
    if (done) onClose();
  };
  return (
    <ReasonDialog
      form={form}
      title={t('takeTitle', { number: grant.personNumber, role })}
      lead={t('twoPeople')}
      confirm={t('propose')}
      danger
      busy={busy}
      onConfirm={(reason) => void propose(reason)}
      onClose={onClose}
    />
  );
}
