import { queryOptions, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { answer, api } from '../../api/client';

/** The first-level disciplines of GB/T 13745. They change with the standard. */
const disciplinesQuery = queryOptions({
  queryKey: ['disciplines'],
  queryFn: async () => (await answer(api.GET('/v1/disciplines'))).disciplines,
  staleTime: Infinity,
});

/** A discipline, found by a part of its name or by its code. The value is the code. */
export function DisciplineField({
  value,
  onChange,
  placeholder,
  ...rest
}: {
  id: string;
  value: string;
  onChange: (code: string) => void;
  placeholder: string;
  'aria-describedby'?: string;
}) {
  const { data, isFetching } = useQuery(disciplinesQuery);
  return (
    <Select
      {...rest}
      showSearch={{ optionFilterProp: 'label' }}
      allowClear
      placeholder={placeholder}
      loading={isFetching}
      value={value || null}
      onChange={(code: string | undefined) => onChange(code ?? '')}
      options={(data ?? []).map(({ code, name }) => ({ value: code, label: `${name} ${code}` }))}
    />
  );
}

/** The name of a discipline. */
export function DisciplineName({ code }: { code: string }) {
  const { data } = useQuery(disciplinesQuery);
  return <>{data?.find((one) => one.code === code)?.name ?? code}</>;
}
