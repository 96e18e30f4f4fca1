'use client';

import { Plus, Trash2 } from 'lucide-react';
import { type ColumnDraft, newColumn } from '@/components/checks/own-check-draft';
import { Button, IconButton } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { units } from '@/lib/base/units';

const roles = [
  { value: 'key', label: 'Key: names the object' },
  { value: 'text', label: 'Text: shown only' },
  { value: 'gauge', label: 'Gauge: a number as it is' },
  { value: 'counter', label: 'Counter: a number that grows' },
];
const unitOptions = units.map((unit) => ({ value: unit, label: unit }));

interface ColumnRowsProps {
  columns: readonly ColumnDraft[];
  errors: Record<string, string>;
  onChange: (columns: ColumnDraft[]) => void;
}

/** The columns that the query gives: what each is for, and its unit. */
export function ColumnRows({ columns, errors, onChange }: ColumnRowsProps) {
  const set = (key: string, change: Partial<ColumnDraft>) =>
    onChange(columns.map((column) => (column.key === key ? { ...column, ...change } : column)));
  return (
    <div className="space-y-3">
      {errors.columns ? (
        <p role="alert" className="text-sm text-crit">
          {errors.columns}
        </p>
      ) : null}
      {columns.map((column, at) => {
        const isNumber = column.role === 'gauge' || column.role === 'counter';
        return (
          <fieldset
            key={column.key}
            className="grid items-start gap-2 border-t border-line pt-2 first:border-0 first:pt-0 sm:grid-cols-2 lg:grid-cols-[1fr_1.3fr_1fr_0.8fr_auto]"
          >
            <legend className="sr-only">Column {at + 1}</legend>
            <Field label="Name in the query" required error={errors[`columns.${at}.name`]}>
              <Input
                value={column.name}
                onChange={(event) => set(column.key, { name: event.target.value })}
                autoComplete="off"
                spellCheck={false}
                className="font-mono text-sm"
              />
            </Field>
            <Field label="What it is" required>
              <Select
                value={column.role}
                options={roles}
                onChange={(event) => set(column.key, { role: event.target.value as ColumnDraft['role'] })}
              />
            </Field>
            <Field label="Label" error={errors[`columns.${at}.label`]}>
              <Input
                value={column.label}
                onChange={(event) => set(column.key, { label: event.target.value })}
              />
            </Field>
            {isNumber ? (
              <Field label="Unit" required>
                <Select
                  value={column.unit}
                  options={unitOptions}
                  onChange={(event) => set(column.key, { unit: event.target.value })}
                />
              </Field>
            ) : column.role === 'text' ? (
              <Checkbox
                label="Hidden from viewers"
                className="lg:mt-7"
                checked={column.literals}
                onChange={(event) => set(column.key, { literals: event.target.checked })}
              />
            ) : (
              <span className="max-lg:hidden" />
            )}
            <IconButton
              label={`Remove column ${column.name || at + 1}`}
              className="mt-6 max-lg:mt-0"
              disabled={columns.length === 1}
              onClick={() => onChange(columns.filter(({ key }) => key !== column.key))}
            >
              <Trash2 aria-hidden className="size-4" />
            </IconButton>
          </fieldset>
        );
      })}
      <Button
        size="small"
        icon={<Plus aria-hidden className="size-3.5" />}
        onClick={() => onChange([...columns, newColumn()])}
      >
        Add a column
      </Button>
    </div>
  );
}
