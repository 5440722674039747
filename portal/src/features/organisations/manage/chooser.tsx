import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import type { Place } from '../../../api/me';
import { useRights } from '../../../api/rights';
import { useComposedInput } from '../../../ui/composed-input';
import './chooser.css';

/** Chooses among the organisations of the person, and those directly below them by name. */
export function OrganisationChooser({
  places,
  value,
  onChange,
}: {
  places: readonly Place[];
  value: string;
  onChange: (organisationId: string) => void;
}) {
  const { t } = useTranslation('organisations-manage');
  const [typed, setTyped] = useState('');
  const composed = useComposedInput(typed, setTyped);
  const [query, setQuery] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const below = useQuery({
    queryKey: ['desk', 'below', places.map((place) => place.organisationId), query],
    queryFn: async () => {
      const pages = await Promise.all(
        places.slice(0, 8).map(({ organisationId }) =>
          answer(
            api.GET('/v1/organisations', {
              params: { query: { parentId: organisationId, pageSize: 50, ...(query && { query }) } },
            }),
          ),
        ),
      );
      return pages.flatMap((page) => page.organisations);
    },
  });
  const chosen = useRights(value).organisation;
  const options = new Map(
    places
      .filter((place) => place.organisationName.includes(typed.trim()))
      .map((place) => [place.organisationId, place.organisationName]),
  );
  for (const organisation of below.data ?? []) options.set(organisation.organisationId, organisation.name);
  if (chosen && !typed) options.set(chosen.organisationId, chosen.name);
  if (places.length === 1 && !query && below.data?.length === 0)
    return <p className="soft">{places[0]?.organisationName}</p>;
  return (
    <div className="organisation-chooser" {...composed.props}>
      <Select
        className="organisation-chooser-field"
        aria-label={t('choose')}
        placeholder={t('chooseOther')}
        showSearch={{ filterOption: false, onSearch: composed.onInput }}
        loading={below.isFetching}
        value={value}
        onChange={(next: string) => {
          setTyped('');
          onChange(next);
        }}
        options={[...options].map(([id, name]) => ({ value: id, label: name }))}
      />
    </div>
  );
}
