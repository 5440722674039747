import { CheckCircleOutlined, SearchOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Select } from 'antd';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Schema } from '../../../api/client';
import type { Place } from '../../../api/me';
import { SearchField } from '../../../ui/controls';
import { MoreButton } from '../../../ui/more-button';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { useAdministration } from '../../../ui/area-page';
import { Details } from './details';
import { organisationQuery } from '../../../api/organisations';
import { childrenQuery, foundQuery } from './queries';
import './tree.css';

type Organisation = Schema<'Organisation'>;
type Choose = (organisationId: string) => void;

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
            <FoundList query={query} places={places} chosen={chosen} onChoose={choose} />
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

/** Arrow keys: up and down move between lines, right expands, left collapses. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>('.tree-name')];
  const at = lines.findIndex((line) => line === document.activeElement);
  const opener = lines[at]?.parentElement?.querySelector<HTMLElement>('[aria-expanded]');
  const next = event.key === 'ArrowDown' ? lines[at + 1] : event.key === 'ArrowUp' ? lines[at - 1] : undefined;
  const turn =
    (event.key === 'ArrowRight' && opener?.ariaExpanded === 'false') ||
    (event.key === 'ArrowLeft' && opener?.ariaExpanded === 'true');
  if (at < 0 || (!next && !turn)) return;
  event.preventDefault();
  next?.focus();
  if (turn) opener.click();
}

function Tree({ places, chosen, onChoose }: { places: readonly Place[]; chosen: string; onChoose: Choose }) {
  return (
    <ul className="tree" onKeyDown={walk}>
      {places.map((place) => (
        <Root key={place.organisationId} organisationId={place.organisationId} chosen={chosen} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function Root({ organisationId, chosen, onChoose }: { organisationId: string; chosen: string; onChoose: Choose }) {
  const root = useQuery(organisationQuery(organisationId));
  if (!root.data) {
    return (
      <li>
        <QueryBoundary query={root}>{() => null}</QueryBoundary>
      </li>
    );
  }
  return <Branch organisation={root.data} begins chosen={chosen} onChoose={onChoose} />;
}

function Branch({
  organisation,
  begins = false,
  chosen,
  onChoose,
}: {
  organisation: Organisation;
  begins?: boolean;
  chosen: string;
  onChoose: Choose;
}) {
  const { t } = useTranslation('organisations-manage');
  const { organisationId, name } = organisation;
  const [open, setOpen] = useState(begins);
  const below = useInfiniteQuery({ ...childrenQuery(organisationId), enabled: open });
  const children = below.data?.pages.flatMap((page) => page.organisations);
  return (
    <li>
      <div className={`tree-line ${chosen === organisationId ? 'here' : ''}`}>
        <button
          type="button"
          className="tree-turn"
          aria-expanded={open}
          aria-label={t(open ? 'tree.close' : 'tree.open', { name })}
          onClick={() => setOpen((now) => !now)}
        >
          <span aria-hidden>{open ? '▾' : '▸'}</span>
        </button>
        <Name organisation={organisation} chosen={chosen} onChoose={onChoose} />
      </div>
      {open &&
        (children ? (
          children.length === 0 ? (
            <p className="soft tree-none">{t('tree.leaf')}</p>
          ) : (
            <ul>
              {children.map((child) => (
                <Branch key={child.organisationId} organisation={child} chosen={chosen} onChoose={onChoose} />
              ))}
              {below.hasNextPage && (
                <li>
                  <MoreButton query={below} look="link" />
                </li>
              )}
            </ul>
          )
        ) : (
          <QueryBoundary query={below} rows={2}>
            {() => null}
          </QueryBoundary>
        ))}
    </li>
  );
}

function Name({ organisation, chosen, onChoose }: { organisation: Organisation; chosen: string; onChoose: Choose }) {
  const { t } = useTranslation('organisations-manage');
  const { organisationId, name, code, acceptsApplications } = organisation;
  return (
    <button
      type="button"
      className="tree-name"
      {...(chosen === organisationId ? { 'aria-current': true } : {})}
      onClick={() => onChoose(organisationId)}
    >
      <span>{name}</span> <small className="soft">{code}</small>
      {acceptsApplications && <CheckCircleOutlined className="good" aria-label={t('tree.accepts')} />}
    </button>
  );
}

const states = ['any', 'open', 'closed'] as const;
type State = (typeof states)[number];

function FoundList({
  query,
  places,
  chosen,
  onChoose,
}: {
  query: string;
  places: readonly Place[];
  chosen: string;
  onChoose: Choose;
}) {
  const { t } = useTranslation('organisations-manage');
  const queries = useQueryClient();
  const [state, setState] = useState<State>('any');
  const found = useQuery(
    foundQuery(
      queries,
      query,
      places.map((place) => place.organisationId),
    ),
  );
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: 0 });
  }, [query]);
  return (
    <>
      <Select<State>
        className="tree-state"
        aria-label={t('tree.state')}
        value={state}
        onChange={setState}
        options={states.map((value) => ({ value, label: t(`tree.states.${value}`) }))}
      />
      <QueryBoundary query={found} rows={6}>
        {(all) => {
          const shown = all.filter(
            ({ organisation }) => state === 'any' || organisation.acceptsApplications === (state === 'open'),
          );
          if (shown.length === 0) return <EmptyState text={t('tree.nothingFound')} />;
          return (
            <ul className="tree tree-found" ref={list} onKeyDown={walk} aria-label={t('tree.found')}>
              {shown.map(({ organisation, above }) => (
                <li key={organisation.organisationId}>
                  <div className={`tree-line ${chosen === organisation.organisationId ? 'here' : ''}`}>
                    <Name organisation={organisation} chosen={chosen} onChoose={onChoose} />
                  </div>
                  <p className="soft tree-path">
                    {above
                      .toReversed()
                      .map((parent) => parent.shortName || parent.name)
                      .join(' / ')}
                  </p>
                </li>
              ))}
            </ul>
          );
        }}
      </QueryBoundary>
    </>
  );
}
