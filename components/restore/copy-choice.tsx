'use client';

import Link from 'next/link';
import { nameOfCopy } from '@/components/copies/words';
import { useCopies } from '@/components/data/copies';
import { Field } from '@/components/ui/field';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';

interface CopyChoiceProps {
  clusterId: string;
  value: string;
  onChange: (id: string) => void;
}

/** One of the cluster's open copies. */
export function CopyChoice({ clusterId, value, onChange }: CopyChoiceProps) {
  const query = useCopies(clusterId, true);
  return (
    <QueryState query={query} lines={1}>
      {({ items }) => {
        const open = items.filter(({ state }) => state === 'open');
        if (open.length === 0) {
          return (
            <p className="text-sm text-muted">
              No copy is open. Open one below, at the moment just before the damage; it takes as long as a
              restore of the whole server.
            </p>
          );
        }
        return (
          <div className="flex flex-wrap items-end gap-3">
            <Field label="Copy" className="max-w-md min-w-0 flex-1">
              <Select
                placeholder="Choose a copy"
                options={open.map((copy) => ({ value: copy.id, label: nameOfCopy(copy) }))}
                value={value}
                onChange={(event) => onChange(event.target.value)}
              />
            </Field>
            {value ? (
              <Link href={`/copies/${value}`} prefetch={false} className="link pb-1.5 text-sm">
                Look into it and compare
              </Link>
            ) : null}
          </div>
        );
      }}
    </QueryState>
  );
}
