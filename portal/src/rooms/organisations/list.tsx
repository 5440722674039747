import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input, Segmented, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../api/client';
import { useTitle } from '../../app/sheet';
import { Asked, Nothing } from '../../app/states';
import './organisations.css';

const kinds = ['ALL', 'NATIONAL_SOCIETY', 'REGIONAL_ASSOCIATION'] as const;

/** Everybody's way to a society: type a part of its name. */
export function OrganisationList() {
  const { t } = useTranslation('organisations');
  useTitle(t('title'));
  const [search, setSearch] = useSearchParams();
  const query = search.get('query') ?? '';
  const kind = search.get('kind') ?? 'ALL';
  const [typed, setTyped] = useState(query);
  const change = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value && value !== 'ALL') now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  // The list follows the typing, a moment behind it.
  useEffect(() => {
    const timer = setTimeout(() => typed !== query && change('query', typed.trim()), 250);
    return () => clearTimeout(timer);
  });
  const list = useInfiniteQuery({
    queryKey: ['organisations', query, kind],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/organisations', {
          params: {
            query: { pageSize: 30, ...(query && { query }), ...(kind !== 'ALL' && { kind: kind as Schema<'OrganisationKind'> & 'BRANCH' }), ...(pageParam && { pageToken: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <div className="finder">
        <Input.Search allowClear value={typed} maxLength={60} placeholder={t('placeholder')} aria-label={t('placeholder')} onChange={(event) => setTyped(event.target.value)} onSearch={(value) => change('query', value.trim())} />
        <Segmented value={kind} onChange={(value) => change('kind', value)} options={kinds.map((value) => ({ value, label: t(`kinds.${value}`) }))} />
      </div>
      <Asked query={list} rows={8}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.organisations);
          if (all.length === 0) return <Nothing text={t('nothing', { query })} />;
          return (
            <>
              <ul className="organisations">
                {all.map((organisation) => (
                  <li key={organisation.organisationId}>
                    <Link to={`/organisations/${organisation.organisationId}`}>
                      <Mark name={organisation.name} />
                      <span className="organisation-name">{organisation.name}</span>
                      <span className="organisation-facts">
                        <span>{organisation.code}</span>
                        {organisation.subjectClass !== 'SUBJECT_CLASS_UNSPECIFIED' && <Tag>{t(`class.${organisation.subjectClass}`)}</Tag>}
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
              {list.hasNextPage && (
                <p className="more">
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

/** The character by which people tell societies apart: the first behind 中国, 中华 or 国际. */
export function Mark({ name }: { name: string }) {
  return (
    <span className="mark" aria-hidden>
      {name.replace(/^(中国|中华|国际)/, '').slice(0, 1)}
    </span>
  );
}
