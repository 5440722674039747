import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { organisationQuery } from '../../api/organisations';

/** An organisation, found by its name or code. The value is its id. */
export function OrganisationField({
  value,
  onChange,
  placeholder,
  ...rest
}: {
  id: string;
  value: string;
  onChange: (organisationId: string) => void;
  placeholder: string;
  'aria-describedby'?: string;
}) {
  const [query, setQuery] = useState('');
  const found = useQuery({
    queryKey: ['organisations', 'named', query],
    queryFn: () => answer(api.GET('/v1/organisations', { params: { query: { query, pageSize: 20 } } })),
    enabled: query !== '',
  });
  const chosen = useQuery({ ...organisationQuery(value), enabled: value !== '' });
  const options = (found.data?.organisations ?? []).map(({ organisationId, name }) => ({
    value: organisationId,
    label: name,
  }));
  if (chosen.data && !options.some((option) => option.value === value))
    options.unshift({ value, label: chosen.data.name });
  return (
    <Select
      {...rest}
      showSearch={{ filterOption: false, onSearch: setQuery }}
      allowClear
      placeholder={placeholder}
      loading={found.isFetching}
      value={value || null}
      onChange={(id: string | undefined) => onChange(id ?? '')}
      options={options}
    />
  );
}

/** The name of an organisation. */
export function OrganisationName({ id }: { id: string }) {
  const { data } = useQuery(organisationQuery(id));
  return <>{data?.name ?? id}</>;
}
