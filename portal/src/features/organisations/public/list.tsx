import { useInfiniteQuery } from '@tanstack/react-query';
import { SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAddressSearch } from '../../../ui/address-search';
import { Chip, SearchField, Toggle } from '../../../ui/controls';
import { useTitle } from '../../../ui/sheet';
import { useEnumLabel } from '../../../ui/enum-label';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';
import { Mark } from './mark';
import { kinds, organisationsQuery } from './queries';
import './organisations.css';

/** The public directory: organisations by a part of their name. */
export function OrganisationList() {
  const { t } = useTranslation('organisations');
  const label = useEnumLabel();
  useTitle(t('title'));
  const { search, query, typed, setTyped, change, reset } = useAddressSearch();
  const kind = kinds.find((known) => known === search.get('kind')) ?? 'ALL';
  const list = useInfiniteQuery(organisationsQuery(query, kind));
  return (
    <>
      <h1>{t('title')}</h1>
      <div className="finder">
        <SearchField
          value={typed}
          label={t('search')}
          placeholder={t('placeholder')}
          action={<SearchOutlined aria-label={t('search')} />}
          onChange={setTyped}
          onSearch={(value) => change('query', value)}
        />
        <Toggle
          value={kind}
          label={t('kindFilter')}
          onChange={(value) => change('kind', value === 'ALL' ? '' : value)}
          options={kinds.map((value) => ({
            value,
            label: value === 'ALL' ? t('anyKind') : label('OrganisationKind', value),
          }))}
        />
      </div>
      <div aria-live="polite">
        <PagedList
          query={list}
          itemsOf={(page) => page.organisations}
          rows={8}
          empty={
            <EmptyState
              text={query ? t('nothing', { query }) : t('nothingYet')}
              action={(query || kind !== 'ALL') && <Button onClick={reset}>{t('reset')}</Button>}
            />
          }
        >
          {(all) => (
            <>
              <p className="soft found">{t(list.hasNextPage ? 'foundMore' : 'found', { count: all.length })}</p>
              <ul className="organisations">
                {all.map((organisation) => (
                  <li key={organisation.organisationId}>
                    <Link to={`/organisations/${organisation.organisationId}`}>
                      <Mark organisation={organisation} named />
                      <span className="organisation-name">{organisation.name}</span>
                      <span className="organisation-facts">
                        <span>{organisation.code}</span>
                        {organisation.subjectClass !== 'SUBJECT_CLASS_UNSPECIFIED' && (
                          <Chip>{label('OrganisationSubjectClass', organisation.subjectClass)}</Chip>
                        )}
                      </span>
                    </Link>
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
