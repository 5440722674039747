import { CheckCircleOutlined, SearchOutlined, PauseCircleOutlined, StopOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { answer, api, type Schema, ifMatch } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useDesk } from '../../../api/rights';
import type { Problem } from '../../../api/problem';
import { useAct, useSure } from '../../../ui/command';
import { useDay } from '../../../ui/moment';
import { SearchField } from '../../../ui/controls';
import { Asked, Nothing } from '../../../ui/states';
import { Above } from '../../../ui/above';
import {
  categories,
  grounds,
  looksLikeNumber,
  membersQuery,
  memberStates,
  type Category,
  type Ground,
  type MemberState,
} from './queries';
import { ReasonDialog } from '../../../ui/reason-dialog';

type Membership = Schema<'Membership'>;

/** The members of a society. A name is looked up whole: nobody leafs through people by the first letter. */
export function Members() {
  const { organisationId, may, own, organisation } = useDesk();
  return (
    <List
      organisationId={organisationId}
      manage={may('members.manage')}
      above={own('members.read') ? undefined : <Above text="members.above" organisation={organisation?.name} />}
    />
  );
}

function List({
  organisationId,
  manage,
  above,
}: {
  organisationId: string;
  manage: boolean;
  /** What is said to those who look from further up; they see no whole names and look for nobody by name. */
  above: ReactNode;
}) {
  const { t } = useTranslation('desk');
  const day = useDay();
  const { t: app } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const state = memberStates.find((known) => known === search.get('state')) ?? '';
  const category = categories.find((known) => known === search.get('category')) ?? '';
  // Who is looked for does not go into the address: it may be a name.
  const [typed, type] = useState('');
  const [query, ask] = useState('');
  const [named, tellNamed] = useState(false);
  const find = (wanted: string) => {
    const name = Boolean(above && wanted && !looksLikeNumber(wanted));
    tellNamed(name);
    if (!name) ask(wanted);
  };
  const list = useInfiniteQuery(membersQuery(organisationId, { state, category, query }));
  const change = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  const narrowed = Boolean(state || category || query);
  return (
    <>
      {above}
      <div className="desk-bar" role="search">
        <SearchField
          value={typed}
          label={t(above ? 'members.searchAbove' : 'members.search')}
          placeholder={t(above ? 'members.searchAbove' : 'members.search')}
          action={<SearchOutlined aria-label={app('form.search')} />}
          onChange={(value) => {
            type(value);
            tellNamed(false);
            if (!value) ask('');
          }}
          onSearch={find}
        />
        <Select<MemberState | ''>
          aria-label={t('members.state')}
          value={state}
          onChange={(value) => change('state', value)}
          options={[
            { value: '', label: t('members.anyState') },
            ...memberStates.map((value) => ({ value, label: t(`members.states.${value}`) })),
          ]}
        />
        <Select<Category | ''>
          aria-label={t('members.category')}
          value={category}
          onChange={(value) => change('category', value)}
          options={[
            { value: '', label: t('members.anyCategory') },
            ...categories.map((value) => ({ value, label: t(`category.${value}`) })),
          ]}
        />
      </div>
      {named && <Alert className="form-note" type="warning" showIcon role="alert" title={t('members.noNames')} />}
      <Asked query={list} rows={10}>
        {({ pages }) => {
          const members = pages.flatMap((page) => page.memberships);
          if (members.length === 0) {
            return (
              <Nothing
                text={t(!narrowed ? 'members.nothing' : above ? 'members.nothingFoundAbove' : 'members.nothingFound')}
              />
            );
          }
          return (
            <>
              <table className="desk-table">
                <thead>
                  <tr>
                    <th scope="col">{t('members.number')}</th>
                    <th scope="col">{t('members.name')}</th>
                    <th scope="col">{t('members.category')}</th>
                    <th scope="col">{t('members.state')}</th>
                    <th scope="col">{t('members.joined')}</th>
                    {manage && (
                      <th scope="col">
                        <span className="visually-hidden">{t('members.acts')}</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {members.map((member) => (
                    <tr key={member.membershipId}>
                      <td data-name={t('members.number')} className="mono">
                        {member.memberNumber}
                      </td>
                      <td data-name={t('members.name')}>
                        {member.memberName || <span className="soft">{t('members.withheld')}</span>}
                      </td>
                      <td data-name={t('members.category')}>{t(`category.${member.category}`)}</td>
                      <td data-name={t('members.state')}>
                        <span>
                          <StateSign state={member.state} /> {t(`members.states.${member.state}`)}
                        </span>
                      </td>
                      <td data-name={t('members.joined')}>{day(member.joinedOn)}</td>
                      {manage && (
                        <td>
                          <Acts key={member.etag} member={member} organisationId={organisationId} />
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
              {list.hasNextPage && (
                <p className="desk-more">
                  <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {t('more')}
                  </Button>
                </p>
              )}
            </>
          );
        }}
      </Asked>
    </>
  );
}

function StateSign({ state }: { state: Membership['state'] }) {
  if (state === 'ACTIVE') return <CheckCircleOutlined className="good" aria-hidden />;
  return state === 'SUSPENDED' ? (
    <PauseCircleOutlined className="bad" aria-hidden />
  ) : (
    <StopOutlined className="soft" aria-hidden />
  );
}

function Acts({ member, organisationId }: { member: Membership; organisationId: string }) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ reason?: string; ground?: Ground }>();
  const { act, busy } = useAct(form);
  const own = useMe().data?.personNumber === member.personNumber;
  const sure = useSure();
  const [asked, ask] = useState(false);
  const name = member.memberName || member.memberNumber;
  const params = (header: { 'Idempotency-Key': string }) => ({
    path: { membershipId: member.membershipId },
    header: { ...header, ...ifMatch(member.etag) },
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['desk', organisationId, 'members'] });
  const stale = (problem: Problem) => {
    if (problem.code !== 'ETAG_MISMATCH' && problem.code !== 'MEMBERSHIP_STATE') return false;
    ask(false);
    void message.warning(t('members.stale'), 6);
    void refresh();
    return true;
  };
  const suspend = async (reason: string, ground: Ground) => {
    const done = await act(
      (header) =>
        answer(
          api.POST('/v1/memberships/{membershipId}:suspend', { params: params(header), body: { reason, ground } }),
        ),
      stale,
    );
    if (!done) return;
    ask(false);
    void message.success(t('members.suspended'));
    void refresh();
  };
  const reinstate = async () => {
    const done = await act(
      (header) => answer(api.POST('/v1/memberships/{membershipId}:reinstate', { params: params(header), body: {} })),
      stale,
    );
    if (!done) return;
    void message.success(t('members.reinstated'));
    void refresh();
  };
  // Nobody decides on themselves.
  if (own) return <div className="acts soft">{t('members.own')}</div>;
  return (
    <div className="acts">
      {member.state === 'ACTIVE' && (
        <Button size="small" onClick={() => ask(true)}>
          {t('members.suspend')}
        </Button>
      )}
      {member.state === 'SUSPENDED' && (
        <Button
          size="small"
          loading={busy}
          onClick={() =>
            sure({
              title: t('members.reinstateTitle', { name }),
              content: t('members.reinstateText'),
              yes: t('members.reinstate'),
              no: app('form.cancel'),
              danger: false,
              act: reinstate,
            })
          }
        >
          {t('members.reinstate')}
        </Button>
      )}
      {asked && (
        <ReasonDialog
          form={form}
          title={t('members.suspendTitle', { name })}
          lead={t('members.suspendLead')}
          yes={t('members.suspend')}
          danger
          busy={busy}
          templates={[]}
          first="ground"
          onSay={(reason, { ground }) => void suspend(reason, ground ?? 'OTHER')}
          onLeave={() => ask(false)}
        >
          <Form.Item
            name="ground"
            label={t('members.ground')}
            rules={[{ required: true, message: t('members.groundRule') }]}
          >
            <Select options={grounds.map((value) => ({ value, label: t(`ground.${value}`) }))} />
          </Form.Item>
        </ReasonDialog>
      )}
    </div>
  );
}
