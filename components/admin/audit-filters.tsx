'use client';

import { useMemo } from 'react';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

export interface AuditFilterState {
  actor: string;
  action: string;
  from: string;
  to: string;
  set: Record<'actor' | 'action' | 'from' | 'to', (value: string) => void>;
  clear: () => void;
  /** As the API wants it: days become moments of the reader's own zone. */
  query: Record<string, string>;
}

function startOfDay(day: string, plusDays = 0): string | undefined {
  const [year = Number.NaN, month = Number.NaN, date = Number.NaN] = day.split('-').map(Number);
  const at = new Date(year, month - 1, date + plusDays);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The filters of the audit; all of them stand in the page's address. */
export function useAuditFilters(): AuditFilterState {
  const [actor, setActor] = useUrlState('actor');
  const [action, setAction] = useUrlState('action');
  const [from, setFrom] = useUrlState('from');
  const [to, setTo] = useUrlState('to');
  const query = useMemo(() => {
    const all = { actor, action, from: startOfDay(from), to: to ? startOfDay(to, 1) : undefined };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])),
    );
  }, [actor, action, from, to]);
  return {
    actor,
    action,
    from,
    to,
    set: { actor: setActor, action: setAction, from: setFrom, to: setTo },
    clear: () => setUrl({ actor: null, action: null, from: null, to: null }),
    query,
  };
}

export function AuditFilters({
  filters,
  actions,
}: {
  filters: AuditFilterState;
  actions: readonly string[];
}) {
  const known =
    actions.includes(filters.action) || filters.action === '' ? actions : [filters.action, ...actions];
  return (
    <search className="mb-3 flex flex-wrap items-end gap-2">
      <Field label="Who" required className="w-44">
        <Input
          placeholder="part of a name"
          value={filters.actor}
          onChange={(event) => filters.set.actor(event.target.value)}
        />
      </Field>
      <Field label="Did" required className="w-52">
        <Select
          placeholder="anything"
          options={known.map((action) => ({ value: action, label: action }))}
          value={filters.action}
          onChange={(event) => filters.set.action(event.target.value)}
        />
      </Field>
      <Field label="From" required className="w-40">
        <Input type="date" value={filters.from} onChange={(event) => filters.set.from(event.target.value)} />
      </Field>
      <Field label="To and including" required className="w-40">
        <Input type="date" value={filters.to} onChange={(event) => filters.set.to(event.target.value)} />
      </Field>
      {Object.keys(filters.query).length > 0 ? (
        <Button look="quiet" onClick={filters.clear}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}
