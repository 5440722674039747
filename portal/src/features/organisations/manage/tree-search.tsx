import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Place } from '../../../api/me';
import { EmptyState, QueryBoundary } from '../../../ui/states';
import { foundQuery } from './queries';
import { moveByArrowKeys, TreeName, type Choose } from './tree-branches';

const states = ['any', 'open', 'closed'] as const;
type State = (typeof states)[number];

/** Organisations by a part of name or code, within those of the person, each with the path above it. */
export function SearchResults({
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
            <ul className="tree tree-found" ref={list} onKeyDown={moveByArrowKeys} aria-label={t('tree.found')}>
              {shown.map(({ organisation, above }) => (
                <li key={organisation.organisationId}>
                  <div className={`tree-line ${chosen === organisation.organisationId ? 'here' : ''}`}>
                    <TreeName organisation={organisation} chosen={chosen} onChoose={onChoose} />
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
