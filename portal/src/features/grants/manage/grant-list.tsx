import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { grantsQuery } from './queries';
import { useRoleName } from './role-name';

type Grant = Schema<'Grant'>;

/** Roles held on an organisation. Each can be taken back by those whose own role administers it, but not from oneself. */
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
  const list = useInfiniteQuery(grantsQuery(organisationId));
  const known = (grant: Grant) => roles.find(({ role }) => role === grant.role);
  const nameOf = (grant: Grant) => roleName(known(grant), grant.role);
  const take = (grantId: string) =>
    run(
      async () => {
        await api.DELETE('/v1/grants/{grantId}', { params: { path: { grantId } } });
        return true;
      },
      { success: t('taken'), refreshes: [grantsQuery(organisationId).queryKey] },
    );
  const columns: Column<Grant>[] = [
    {
      name: t('person'),
      cell: ({ personNumber }) => (
        <span className="mono">
          {personNumber} {personNumber === me && <span className="soft">{t('me')}</span>}
        </span>
      ),
    },
    { name: t('role'), cell: nameOf },
    { name: t('since'), cell: ({ createdAt }) => (createdAt ? moment.day(createdAt) : '') },
  ];
  const actions = (grant: Grant) => {
    if (grant.personNumber === me) return <span className="soft">{t('takenByOthers')}</span>;
    if (known(grant) && !givable.has(grant.role))
      return (
        <span className="soft">{t(/^platform\./.test(grant.role) ? 'takenBySecurity' : 'takenByOrganisation')}</span>
      );
    return (
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
    );
  };
  return (
    <ResourceTable
      query={list}
      rowsOf={(page) => page.grants}
      keyOf={(grant) => grant.grantId}
      columns={columns}
      actions={actions}
      empty={<EmptyState text={t('nothing')} />}
      lines={6}
    />
  );
}
