import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { myGrantsQuery, rolesQuery, useMe } from '../../../api/me';
import { useAct, useSure } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { numberOf } from '../../../ui/typed';
import { Asked, NotAllowed, Nothing } from '../../../ui/states';
import { useRights } from '../../../api/rights';
import { administered, fits } from './administered';
import { useAdministration } from '../../../ui/area-page';
import { OrganisationChooser } from '../../organisations';
import { grantsQuery } from './queries';

type Role = Schema<'Role'>;

/** Who may do what in an organisation. */
export function Grants() {
  const { t } = useTranslation('staff');
  const { places } = useAdministration();
  const roles = useQuery(rolesQuery);
  const [search, setSearch] = useSearchParams();
  const here = search.get('organisation') || places[0]?.organisationId || '';
  const rights = useRights(here);
  const mine = useQuery(myGrantsQuery);
  // Others are not offered, and would be refused.
  const givable = administered(roles.data ?? [], mine.data ?? [], rights.above);
  const headquarters = rights.organisation?.kind === 'HEADQUARTERS';
  return (
    <Asked query={roles} rows={8}>
      {(known) => (
        <>
          <p className="soft">{t('lead')}</p>
          <OrganisationChooser
            places={places}
            value={here}
            onChange={(organisation) => setSearch({ organisation }, { replace: true })}
          />
          {rights.ready && !rights.may('grants.manage') ? (
            <NotAllowed />
          ) : (
            <>
              <Give
                key={`give ${here}`}
                organisationId={here}
                roles={known.filter(({ role }) => givable.has(role) && fits(role, headquarters))}
              />
              <List key={here} organisationId={here} roles={known} givable={givable} />
            </>
          )}
        </>
      )}
    </Asked>
  );
}

function useRoleName() {
  const { i18n } = useTranslation('staff');
  return (role: Role | undefined, name: string) =>
    role ? (i18n.language === 'en' ? role.titleEn : role.titleZh) : name;
}

function Give({ organisationId, roles }: { organisationId: string; roles: readonly Role[] }) {
  const { t } = useTranslation('staff');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const name = useRoleName();
  const me = useMe().data?.personNumber;
  const [form] = Form.useForm<{ personNumber: string; role: string }>();
  const { act, busy } = useAct(form);
  const role = Form.useWatch('role', form);
  const chosen = roles.find((one) => one.role === role);
  const give = async (fields: { personNumber: string; role: string }) => {
    const done = await act((header) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/grants', {
          params: { path: { organisationId }, header },
          body: { role: fields.role, personNumber: fields.personNumber },
        }),
      ),
    );
    if (!done) return;
    form.resetFields();
    void message.success(t('given'));
    void queries.invalidateQueries({ queryKey: grantsQuery(organisationId).queryKey });
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className="staff-give"
      onFinish={(fields) => void give(fields)}
    >
      <Form.Item
        name="personNumber"
        label={t('person')}
        extra={t('personHint')}
        normalize={(typed: string) => numberOf(typed, 16)}
        rules={[
          { required: true, pattern: /^\d{15}[\dX]$/, message: t('personRule') },
          {
            validator: (_, typed: string | undefined) =>
              typed && typed === me ? Promise.reject(new Error(t('notOneself'))) : Promise.resolve(),
          },
        ]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="role"
        label={t('role')}
        rules={[{ required: true, message: t('roleRule') }]}
        extra={
          chosen &&
          t('permits', {
            list: chosen.permissions
              .map((permission) => t(`permission.${permission.replace('.', '_')}`, { defaultValue: permission }))
              .join(t('comma')),
          })
        }
      >
        <Select listHeight={400} options={roles.map((role) => ({ value: role.role, label: name(role, role.role) }))} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t('give')}
      </Button>
    </Form>
  );
}

function List({
  organisationId,
  roles,
  givable,
}: {
  organisationId: string;
  roles: readonly Role[];
  givable: ReadonlySet<string>;
}) {
  const { t } = useTranslation('staff');
  const { t: app } = useTranslation();
  const { message } = App.useApp();
  const moment = useMoment();
  const queries = useQueryClient();
  const me = useMe();
  const name = useRoleName();
  const sure = useSure();
  const { act } = useAct();
  const list = useInfiniteQuery(grantsQuery(organisationId));
  const take = async (grantId: string) => {
    const done = await act(async () => {
      await api.DELETE('/v1/grants/{grantId}', { params: { path: { grantId } } });
      return true;
    });
    if (done) void message.success(t('taken'));
    void queries.invalidateQueries({ queryKey: grantsQuery(organisationId).queryKey });
  };
  return (
    <Asked query={list} rows={6}>
      {({ pages }) => {
        const grants = pages.flatMap((page) => page.grants);
        if (grants.length === 0) return <Nothing text={t('nothing')} />;
        return (
          <>
            <table className="desk-table">
              <thead>
                <tr>
                  <th scope="col">{t('person')}</th>
                  <th scope="col">{t('role')}</th>
                  <th scope="col">{t('since')}</th>
                  <th scope="col">
                    <span className="visually-hidden">{t('acts')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {grants.map((grant) => {
                  const known = roles.find(({ role }) => role === grant.role);
                  const role = name(known, grant.role);
                  const own = grant.personNumber === me.data?.personNumber;
                  return (
                    <tr key={grant.grantId}>
                      <td data-name={t('person')}>
                        <span className="mono">
                          {grant.personNumber} {own && <span className="soft">{t('me')}</span>}
                        </span>
                      </td>
                      <td data-name={t('role')}>{role}</td>
                      <td data-name={t('since')}>{grant.createdAt ? moment.day(grant.createdAt) : ''}</td>
                      <td>
                        <div className="acts">
                          {own ? (
                            <span className="soft">{t('takenByOthers')}</span>
                          ) : known && !givable.has(grant.role) ? (
                            <span className="soft">
                              {t(/^platform\./.test(grant.role) ? 'takenBySecurity' : 'takenByOrganisation')}
                            </span>
                          ) : (
                            <Button
                              size="small"
                              danger
                              onClick={() =>
                                sure({
                                  title: t('takeTitle', { number: grant.personNumber, role }),
                                  content: t('takeText'),
                                  yes: t('take'),
                                  no: app('form.cancel'),
                                  act: () => take(grant.grantId),
                                })
                              }
                            >
                              {t('take')}
                            </Button>
                          )}
                        </div>
                      </td>
                    </tr>
                  );
                })}
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
  );
}
