'use client';

import { Fragment, type ReactNode } from 'react';
import {
  type Fact,
  factLabel,
  factNumber,
  factOrder,
  factText,
  isRecord,
  isTable,
} from '@/components/runs/fact-words';
import { Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { KeyValue } from '@/components/ui/key-value';
import { StatusMark } from '@/components/ui/status-mark';

const momentPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function factCell(key: string, value: Fact): ReactNode {
  if (key === 'verdict' && typeof value === 'string') return <StatusMark status={value} />;
  if (typeof value === 'string' && momentPattern.test(value)) return <Moment at={value} />;
  return factText(key, value);
}

/** A record of numbers: lengths of phases, rows per table. Bars compare them; the numbers stand beside. */
function NumberBars({ name, values }: { name: string; values: [string, number][] }) {
  const most = Math.max(...values.map(([, value]) => value), 1e-9);
  // Phases of work have no unit of their own: they are seconds wherever a fact is called so.
  const key = /phases$/i.test(name) ? 'seconds' : name;
  return (
    <dl className="grid grid-cols-[max-content_max-content_1fr] items-center gap-x-3 gap-y-0.5 text-sm">
      {values.map(([label, value]) => (
        <Fragment key={label}>
          <dt className="text-muted">{factLabel(label)}</dt>
          <dd className="text-right">{factNumber(key, value)}</dd>
          <dd aria-hidden className="h-1.5 max-w-80 min-w-6">
            <span
              className="block h-full rounded-full bg-accent/60"
              style={{ width: `${(100 * value) / most}%` }}
            />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

const firstKeys = ['database', 'schema', 'table', 'index', 'name', 'verdict'];

/** Stored JSON has no order of its own: what names a row comes first, then text, then numbers. */
function columnOrder(rows: { [key: string]: Fact }[]): string[] {
  const rank = (key: string) => {
    const place = firstKeys.indexOf(key);
    if (place >= 0) return place;
    return rows.every((row) => typeof row[key] === 'number') ? 100 : 50;
  };
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort(
    (left, right) => rank(left) - rank(right),
  );
}

function FactTable({ name, rows }: { name: string; rows: { [key: string]: Fact }[] }) {
  const keys = columnOrder(rows);
  const columns: Column<{ [key: string]: Fact }>[] = keys.map((key) => ({
    id: key,
    header: factLabel(key),
    value: (row) => {
      const value = row[key] ?? null;
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    },
    cell: (row) => factCell(key, row[key] ?? null),
    align: rows.every((row) => typeof row[key] === 'number') ? 'right' : 'left',
    wide: key === 'detail' || key === 'reason',
  }));
  const index = new Map(rows.map((row, place) => [row, String(place)]));
  return (
    <DataTable
      id={`facts-${name}`}
      label={factLabel(name)}
      rows={rows}
      columns={columns}
      rowKey={(row) => index.get(row) ?? ''}
      plain={rows.length <= 15}
    />
  );
}

/**
 * Facts of any job kind, drawn by their shape: plain values as a list, rows as tables, records of numbers as bars,
 * lists of sentences as lists. What a kind stores tomorrow is shown without this page learning of it.
 */
export function FactsView({ facts }: { facts: { [key: string]: Fact } }) {
  const entries = Object.entries(facts);
  const plain = factOrder(entries.filter(([, value]) => typeof value !== 'object' || value === null));
  const nested = entries.filter(([, value]) => typeof value === 'object' && value !== null);
  return (
    <div className="space-y-3">
      {plain.length > 0 ? (
        <KeyValue items={plain.map(([key, value]) => [factLabel(key), factCell(key, value)] as const)} />
      ) : null}
      {nested.map(([key, value]) => (
        <div key={key} className="min-w-0">
          <h4 className="mb-1 text-sm font-medium">{factLabel(key)}</h4>
          <NestedFact name={key} value={value} />
        </div>
      ))}
    </div>
  );
}

function NestedFact({ name, value }: { name: string; value: Fact }) {
  if (isTable(value)) return <FactTable name={name} rows={value} />;
  if (Array.isArray(value)) {
    if (value.length === 0) return <p className="text-sm text-muted">none</p>;
    return (
      <ul className="list-disc space-y-0.5 pl-5 text-sm">
        {value.map((entry, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stored facts do not move
          <li key={place}>{factText(name, entry)}</li>
        ))}
      </ul>
    );
  }
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  const numbers = entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  if (entries.length > 0 && numbers.length === entries.length)
    return <NumberBars name={name} values={numbers.sort((left, right) => right[1] - left[1])} />;
  return <KeyValue items={entries.map(([key, each]) => [factLabel(key), factCell(key, each)] as const)} />;
}
