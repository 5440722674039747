import { CheckCircleOutlined, PauseCircleOutlined, SearchOutlined, StopOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Alert, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { ExportButton } from '../../exports';
import { SearchField } from '../../../ui/controls';
import { useEnumLabel } from '../../../ui/enum-label';
import { useDay } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { MemberActions } from './member-actions';
import {
  categories,
  exportColumns,
  looksLikeNumber,
  membersQuery,
  memberStates,
  type Category,
  type MemberState,
} from './queries';

type Membership = Schema<'Membership'>;

/**
 * The members of an organisation. A name is looked up as a whole, never by its first letters. Staff of an organisation above see no
 * whole names and cannot search by name (PIPL art. 23).
 */
export function Members() {
  const { t } = useTranslation('members');
  const label = useEnumLabel();
  const { t: app } = useTranslation();
  const { t: exporting } = useTranslation('exports');
  const { organisationId, may, own, organisation } = useDesk();
  const above = !own('members.read');
  const [search, setSearch] = useSearchParams();
  const state = memberStates.find((known) => known === search.get('state')) ?? '';
  const category = categories.find((known) => known === search.get('category')) ?? '';
  // The text may be a name, so it does not go into the address.
  const [typed, setTyped] = useState('');
  const [query, setQuery] = useState('');
  const [nameRefused, setNameRefused] = useState(false);
  const find = (wanted: string) => {
    const name = above && Boolean(wanted) && !looksLikeNumber(wanted);
    setNameRefused(name);
    if (!name) setQuery(wanted);
  };
  const list = useInfiniteQuery(membersQuery(organisationId, { state, category, query }));
  const columns = useColumns();
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
  const filter = [state && label('MembershipState', state), category && label('MembershipCategory', category)]
    .filter(Boolean)
    .join(app('listed'));
  const searchLabel = t(above ? 'searchAbove' : 'search');
  return (
    <>
      {above && (
        <Alert
          className="form-note"
          type="info"
          showIcon
          title={t('above', { organisation: organisation?.name ?? '' })}
        />
      )}
      <div className="toolbar" role="search">
        <SearchField
          value={typed}
          label={searchLabel}
          placeholder={searchLabel}
          action={<SearchOutlined aria-label={app('form.search')} />}
          onChange={(value) => {
            setTyped(value);
            setNameRefused(false);
            if (!value) setQuery('');
          }}
          onSearch={find}
        />
        <Select<MemberState | ''>
          aria-label={t('state')}
          value={state}
          onChange={(value) => change('state', value)}
          options={[
            { value: '', label: t('anyState') },
            ...memberStates.map((value) => ({ value, label: label('MembershipState', value) })),
          ]}
        />
        <Select<Category | ''>
          aria-label={t('category')}
          value={category}
          onChange={(value) => change('category', value)}
          options={[
            { value: '', label: t('anyCategory') },
            ...categories.map((value) => ({ value, label: label('MembershipCategory', value) })),
          ]}
        />
        {may('members.export') && (
          <ExportButton
            kind="MEMBERS"
            organisationId={organisationId}
            columns={exportColumns}
            purpose="MEMBER_SERVICE"
            rows={filter ? exporting('someMembers', { filter }) : exporting('allMembers')}
            send={(asked, header) =>
              answer(
                api.POST('/v1/organisations/{organisationId}/memberExports', {
                  params: { path: { organisationId }, header },
                  body: { ...asked, ...(state && { state }), ...(category && { category }) },
                }),
              )
            }
          />
        )}
      </div>
      {nameRefused && <Alert className="form-note" type="warning" showIcon role="alert" title={t('noNames')} />}
      <ResourceTable
        query={list}
        rowsOf={(page) => page.memberships}
        keyOf={(member) => member.membershipId}
        columns={columns}
        actions={
          may('members.manage')
            ? (member) => <MemberActions key={member.etag} member={member} organisationId={organisationId} />
            : undefined
        }
        empty={<EmptyState text={t(!narrowed ? 'nothing' : above ? 'nothingFoundAbove' : 'nothingFound')} />}
        lines={10}
      />
    </>
  );
}

function useColumns(): Column<Membership>[] {
  const { t } = useTranslation('members');
  const label = useEnumLabel();
  const day = useDay();
  return [
    { name: t('number'), mono: true, cell: ({ memberNumber }) => memberNumber },
    { name: t('name'), cell: ({ memberName }) => memberName || <span className="soft">{t('withheld')}</span> },
    { name: t('category'), cell: ({ category }) => label('MembershipCategory', category) },
    {
      name: t('state'),
      cell: ({ state }) => (
        <span>
          <StateIcon state={state} /> {label('MembershipState', state)}
        </span>
      ),
    },
    { name: t('joined'), cell: ({ joinedOn }) => day(joinedOn) },
  ];
}

function StateIcon({ state }: { state: Membership['state'] }) {
  if (state === 'ACTIVE') return <CheckCircleOutlined className="good" aria-hidden />;
  return state === 'SUSPENDED' ? (
    <PauseCircleOutlined className="bad" aria-hidden />
  ) : (
    <StopOutlined className="soft" aria-hidden />
  );
}
