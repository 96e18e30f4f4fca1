'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { AboutButton } from '@/components/indexes/about-button';
import { actHref } from '@/components/indexes/act-link';
import { buttonClass } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { StatusBadge } from '@/components/ui/status-mark';
import type { BareKey, InstanceIndexes } from '@/lib/contract/indexes';

/** Below it a scan of the child is quick: the row is information. */
const leastRows = 1000;

interface BareKeysProps {
  data: InstanceIndexes;
  target: { clusterId: string; instanceId: string };
}

/** Foreign keys that no index serves: those whose parents lose most rows first, then those scanned the most. */
export function BareKeys({ data, target }: BareKeysProps) {
  const { create } = data.acts;
  const columns = useMemo<Column<BareKey>[]>(
    () => [
      {
        id: 'state',
        header: 'State',
        value: ({ rows }) => (Number(rows) >= leastRows ? '1 No index' : '2 Tiny table'),
        cell: ({ rows }) =>
          Number(rows) >= leastRows ? (
            <StatusBadge status="warn" word="No index" />
          ) : (
            <StatusBadge status="info" word="Tiny table" />
          ),
      },
      { id: 'database', header: 'Database', value: (key) => key.database },
      { id: 'table', header: 'Table', value: (key) => `${key.schema}.${key.table}` },
      { id: 'columns', header: 'Columns', value: (key) => key.columns, mono: true },
      { id: 'parent', header: 'Parent', value: (key) => key.parent },
      { id: 'constraint', header: 'Foreign key', value: (key) => key.constraint, hidden: true },
      { id: 'deletes', header: 'Parent deletes', value: (key) => key.parentDeletes, unit: 'rows' },
      { id: 'updates', header: 'Parent updates', value: (key) => key.parentUpdates, unit: 'rows' },
      { id: 'scans', header: 'Sequential scans', value: (key) => key.seqScans, unit: 'count', hidden: true },
      { id: 'read', header: 'Rows read by scans', value: (key) => key.seqRows, unit: 'rows' },
      { id: 'rows', header: 'Rows', value: (key) => key.rows, unit: 'rows' },
      { id: 'bytes', header: 'Size', value: (key) => key.bytes, unit: 'bytes' },
      { id: 'partly', header: 'Partly served by', value: (key) => key.partlyBy },
      {
        id: 'acts',
        header: 'Acts',
        value: () => null,
        cell: ({ database, definition, table, columns: names }) =>
          create ? (
            <Link
              href={actHref(create.job, target, { database, definition })}
              prefetch={false}
              className={buttonClass('plain', 'small')}
              // Words that only readers hear would stand outside of the scrolling table.
              aria-label={`${create.label} on ${table} (${names})`}
            >
              {create.label}
            </Link>
          ) : null,
      },
    ],
    [create, target],
  );
  return (
    <Panel
      id="keys"
      title="Foreign keys without an index"
      note="A delete of a parent row, a change of its key, or a join by it reads the whole child table. The server counts no joins by a key, only sequential scans since its statistics were reset: reports and dumps are among them."
      flush
      actions={<AboutButton check={data.checks.onKeys[0]} />}
    >
      <DataTable
        id="keys"
        label="Foreign keys without an index"
        rows={data.foreignKeys}
        columns={columns}
        rowKey={({ database, schema, table, constraint }) =>
          JSON.stringify([database, schema, table, constraint])
        }
        defaultSort="-deletes"
        plain={data.foreignKeys.length < 8}
        empty={
          <p className="px-3 pb-3 text-sm text-muted">
            Every foreign key that was read has a usable index. On a standby this is not asked: see the
            primary.
          </p>
        }
      />
    </Panel>
  );
}
