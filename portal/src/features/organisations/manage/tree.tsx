import { SearchOutlined } from '@ant-design/icons';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAdministration } from '../../../ui/area-page';
import { SearchField } from '../../../ui/controls';
import { Details } from './details';
import { Tree } from './tree-branches';
import { SearchResults } from './tree-search';
import './tree.css';

/** The organisations of the person and everything below them: to browse, to search, and to maintain profiles. */
export function StaffTree() {
  const { t } = useTranslation('organisations-manage');
  const { places } = useAdministration();
  const { t: app } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [typed, setTyped] = useState('');
  const [query, setQuery] = useState('');
  const details = useRef<HTMLDivElement>(null);
  const chosen = search.get('organisation') || places[0]?.organisationId || '';
  const choose = (organisation: string) => {
    setSearch({ organisation }, { replace: true });
    if (window.matchMedia('(max-width: 900px)').matches) details.current?.scrollIntoView({ block: 'start' });
  };
  return (
    <>
      <p className="soft">{t('tree.lead')}</p>
      <div className="tree-page">
        <section className="tree-side" aria-label={t('tree.name')}>
          <SearchField
            value={typed}
            label={t('tree.search')}
            placeholder={t('tree.search')}
            action={<SearchOutlined aria-label={app('form.search')} />}
            onChange={(value) => {
              setTyped(value);
              if (!value) setQuery('');
            }}
            onSearch={setQuery}
          />
          {query ? (
            <SearchResults query={query} places={places} chosen={chosen} onChoose={choose} />
          ) : (
            <Tree places={places} chosen={chosen} onChoose={choose} />
          )}
        </section>
        <div className="tree-details" ref={details}>
          <Details key={chosen} organisationId={chosen} />
        </div>
      </div>
    </>
  );
}
