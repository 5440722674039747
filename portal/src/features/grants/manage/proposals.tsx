import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { changed, proposalsQuery } from './queries';
import { useRoleName } from './role-name';

type Proposal = Schema<'GrantProposal'>;

/** Roles that one person has proposed to give or take, and that another decides. */
export function Proposals({ organisationId, roles }: { organisationId: string; roles: readonly Schema<'Role'>[] }) {
  const { t } = useTranslation('grants');
  const moment = useMoment();
  const me = useMe().data?.personNumber;
  const roleName = useRoleName();
  const confirm = useConfirm();
  const { run } = useCommand();
  const list = useInfiniteQuery(proposalsQuery(organisationId));
  const nameOf = ({ role }: Proposal) =>
    roleName(
      roles.find((one) => one.role === role),
      role,
    );
  const decide = (proposalId: string, approves: boolean) =>
    run(
      (header) => {
        const params = { path: { proposalId }, header };
        return answer(
          approves
            ? api.POST('/v1/grantProposals/{proposalId}:approve', { params, body: {} })
            : api.POST('/v1/grantProposals/{proposalId}:decline', { params, body: {} }),
        );
      },
      {
        success: t(approves ? 'approved' : 'declined'),
        sends: `${proposalId} ${approves}`,
        refreshes: changed(organisationId),
      },
    );
  const ask = (proposal: Proposal, approves: boolean) => {
    const verb = proposal.action === 'GIVE' ? 'Give' : 'Take';
    const own = proposal.proposedBy === me;
    const action = approves ? 'approve' : own ? 'withdraw' : 'decline';
    confirm({
      title: t(`${action}${verb}`, { number: proposal.personNumber, role: nameOf(proposal) }),
      content: t('proposalReason', { reason: proposal.reason }),
      confirm: t(action),
      danger: !approves || verb === 'Take',
      onConfirm: () => decide(proposal.proposalId, approves),
    });
  };
  const columns: Column<Proposal>[] = [
    {
      name: t('proposal'),
      cell: (proposal) => t(proposal.action === 'GIVE' ? 'proposalGive' : 'proposalTake', { role: nameOf(proposal) }),
    },
    {
      name: t('holder'),
      cell: ({ maskedName, personNumber }) => (
        <span>
          {maskedName} <span className="mono soft">{personNumber}</span>
        </span>
      ),
    },
    { name: t('reason'), cell: ({ reason }) => reason },
    {
      name: t('proposedBy'),
      cell: ({ proposedBy }) => (
        <span>
          <span className="mono">{proposedBy}</span> {proposedBy === me && <span className="soft">{t('me')}</span>}
        </span>
      ),
    },
    {
      name: t('state'),
      cell: ({ state, expiresAt, decidedAt }) =>
        state === 'WAITING'
          ? t('waiting', { day: expiresAt ? moment.day(expiresAt) : '' })
          : `${t(`states.${state}`)}${decidedAt ? ` ${moment.day(decidedAt)}` : ''}`,
    },
  ];
  const actions = (proposal: Proposal) => {
    if (proposal.state !== 'WAITING' || proposal.personNumber === me) return null;
    return proposal.proposedBy === me ? (
      <Button size="small" onClick={() => ask(proposal, false)}>
        {t('withdraw')}
      </Button>
    ) : (
      <>
        <Button size="small" type="primary" onClick={() => ask(proposal, true)}>
          {t('approve')}
        </Button>
        <Button size="small" danger onClick={() => ask(proposal, false)}>
          {t('decline')}
        </Button>
      </>
    );
  };
  return (
    <section className="grant-proposals" aria-labelledby="grant-proposals">
      <h2 id="grant-proposals">{t('proposals')}</h2>
      <p className="soft">{t('proposalsText')}</p>
      <ResourceTable
        query={list}
        rowsOf={(page) => page.proposals}
        keyOf={({ proposalId }) => proposalId}
        columns={columns}
        actions={actions}
        empty={<p className="soft">{t('noProposals')}</p>}
        lines={2}
      />
    </section>
  );
}
