'use client';

import { Plus, Trash2 } from 'lucide-react';
import { type ColumnDraft, type JudgeDraft, newJudge } from '@/components/checks/own-check-draft';
import { Button, IconButton } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

const sides = [
  { value: 'above', label: 'Larger is worse' },
  { value: 'below', label: 'Smaller is worse' },
];

interface JudgeRowsProps {
  judge: readonly JudgeDraft[];
  columns: readonly ColumnDraft[];
  errors: Record<string, string>;
  onChange: (judge: JudgeDraft[]) => void;
}

/** From which values on a finding opens. */
export function JudgeRows({ judge, columns, errors, onChange }: JudgeRowsProps) {
  const numbers = columns.filter(({ role, name }) => name && (role === 'gauge' || role === 'counter'));
  const options = numbers.map(({ name }) => ({ value: name, label: name }));
  const set = (key: string, change: Partial<JudgeDraft>) =>
    onChange(judge.map((each) => (each.key === key ? { ...each, ...change } : each)));
  return (
    <div className="space-y-3">
      {judge.length === 0 ? (
        <p className="text-sm text-muted">Without a threshold it is kept and drawn, and finds nothing.</p>
      ) : null}
      {judge.map((each, at) => (
        <fieldset key={each.key} className="space-y-2 border-t border-line pt-2 first:border-0 first:pt-0">
          <legend className="sr-only">Threshold {at + 1}</legend>
          <div className="grid items-start gap-2 sm:grid-cols-2 lg:grid-cols-[1fr_1fr_0.8fr_0.8fr_0.8fr_auto]">
            <Field label="Column" required error={errors[`judge.${at}.column`]}>
              <Select
                value={each.column}
                options={options}
                placeholder="Choose"
                onChange={(event) => set(each.key, { column: event.target.value })}
              />
            </Field>
            <Field label="Which way" required>
              <Select
                value={each.worse}
                options={sides}
                onChange={(event) => set(each.key, { worse: event.target.value as JudgeDraft['worse'] })}
              />
            </Field>
            <Field label="Warning at" error={errors[`judge.${at}.warn`]}>
              <Input
                inputMode="decimal"
                value={each.warn}
                onChange={(event) => set(each.key, { warn: event.target.value })}
              />
            </Field>
            <Field label="Critical at" error={errors[`judge.${at}.crit`]}>
              <Input
                inputMode="decimal"
                value={each.crit}
                onChange={(event) => set(each.key, { crit: event.target.value })}
              />
            </Field>
            <Field label="For, in s" error={errors[`judge.${at}.forSeconds`]}>
              <Input
                inputMode="numeric"
                value={each.forSeconds}
                onChange={(event) => set(each.key, { forSeconds: event.target.value })}
              />
            </Field>
            <IconButton
              label={`Remove threshold ${at + 1}`}
              className="mt-6 max-lg:mt-0"
              onClick={() => onChange(judge.filter(({ key }) => key !== each.key))}
            >
              <Trash2 aria-hidden className="size-4" />
            </IconButton>
          </div>
          <Field
            label="Sentence"
            hint="What the finding says; {column} is replaced by its value, {instance}, {cluster} and {database} by their names."
            error={errors[`judge.${at}.sentence`]}
          >
            <Input
              value={each.sentence}
              onChange={(event) => set(each.key, { sentence: event.target.value })}
            />
          </Field>
        </fieldset>
      ))}
      <Button
        size="small"
        icon={<Plus aria-hidden className="size-3.5" />}
        disabled={numbers.length === 0}
        title={numbers.length === 0 ? 'Name a gauge or a counter first.' : undefined}
        onClick={() => onChange([...judge, newJudge(numbers[0]?.name ?? '')])}
      >
        Add a threshold
      </Button>
    </div>
  );
}
