'use client';

import { setUrl, useTypedParam, useUrlParams } from '@/components/data/url-state';
import { Checkbox } from '@/components/ui/checkbox';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { formatValue } from '@/lib/base/format';
import type { Queries } from '@/lib/contract/queries';

const asOptions = (names: readonly string[]) => names.map((name) => ({ value: name, label: name }));

export interface QueryFilter {
  database: string;
  user: string;
  search: string;
  own: 'hidden' | 'shown';
}

export function useQueryFilter(): QueryFilter {
  const params = useUrlParams();
  return {
    database: params.get('database') ?? '',
    user: params.get('user') ?? '',
    search: params.get('search') ?? '',
    own: params.get('own') === 'shown' ? 'shown' : 'hidden',
  };
}

/** What the list is cut down to; all of it in the URL. */
export function QueryFilters({ data }: { data: Queries | undefined }) {
  const filter = useQueryFilter();
  const search = useTypedParam('search');
  const own = data && data.totals.ownMs > 0 ? ` (${formatValue(data.totals.ownMs, 'milliseconds')})` : '';
  return (
    <>
      <Input
        type="search"
        aria-label="Search in all texts and query ids"
        placeholder="Search all texts"
        {...search}
        className="h-7 w-44 text-sm"
      />
      <Select
        aria-label="Database"
        placeholder="All databases"
        options={asOptions(data?.filters.databases ?? [filter.database].filter(Boolean))}
        value={filter.database}
        onChange={(event) => setUrl({ database: event.target.value || null })}
        className="h-7 w-36 text-sm"
      />
      <Select
        aria-label="User"
        placeholder="All users"
        options={asOptions(data?.filters.users ?? [filter.user].filter(Boolean))}
        value={filter.user}
        onChange={(event) => setUrl({ user: event.target.value || null })}
        className="h-7 w-36 text-sm"
      />
      <Checkbox
        label={`Plumbline’s own${own}`}
        checked={filter.own === 'shown'}
        onChange={(event) => setUrl({ own: event.target.checked ? 'shown' : null })}
      />
    </>
  );
}
