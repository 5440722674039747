import { useEnumLabel } from '../../../ui/enum-label';
import { useInfiniteQuery } from '@tanstack/react-query';
import { SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useDivisions } from '../../../api/divisions';
import { useAddressSearch } from '../../../ui/address-search';
import { Choice, SearchField } from '../../../ui/controls';
import { useTitle } from '../../../ui/sheet';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';
import { ActivityCard } from './card';
import { activitiesQuery, kinds, type Kind } from '../queries';

/** What is on: the next ones first. What is looked for stands in the address, so that it can be passed on. */
export function ActivityList() {
  const { t } = useTranslation('activities');
  const label = useEnumLabel();
  useTitle(t('title'));
  const { search, query, typed, setTyped, change, reset } = useAddressSearch();
  const kind = kinds.find((known) => known === search.get('kind')) ?? '';
  const divisionCode = search.get('province') ?? '';
  const provinces = useDivisions('');
  const list = useInfiniteQuery(activitiesQuery({ query, kind, divisionCode }));
  const narrowed = Boolean(query || kind || divisionCode);
  return (
    <>
      <h1>{t('title')}</h1>
      <div className="activity-finder">
        <SearchField
          value={typed}
          label={t('search')}
          placeholder={t('placeholder')}
          action={<SearchOutlined aria-label={t('search')} />}
          onChange={setTyped}
          onSearch={(value) => change('query', value)}
        />
        <Choice<Kind | ''>
          value={kind}
          label={t('kindFilter')}
          onChange={(value) => change('kind', value)}
          options={[
            { value: '' as const, label: t('anyKind') },
            ...kinds.map((value) => ({ value, label: label('ActivityKind', value) })),
          ]}
        />
        <Choice
          value={divisionCode}
          label={t('placeFilter')}
          onChange={(value) => change('province', value)}
          options={[
            { value: '', label: t('anyPlace') },
            ...(provinces.data ?? []).map(({ code, name }) => ({ value: code, label: name })),
          ]}
        />
      </div>
      <div aria-live="polite">
        <PagedList
          query={list}
          itemsOf={(page) => page.activities}
          rows={8}
          empty={
            narrowed ? (
              <EmptyState text={t('nothingFound')} action={<Button onClick={reset}>{t('reset')}</Button>} />
            ) : (
              <EmptyState text={t('nothing')} />
            )
          }
        >
          {(all) => (
            <>
              <h2 className="found soft">{t(list.hasNextPage ? 'foundMore' : 'found', { count: all.length })}</h2>
              <ul className="card-grid">
                {all.map((activity) => (
                  <li key={activity.activityId}>
                    <ActivityCard activity={activity} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </PagedList>
      </div>
    </>
  );
}
