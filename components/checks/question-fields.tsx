'use client';

import type { OwnCheckDraft } from '@/components/checks/own-check-draft';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

const targets = [
  { value: 'instance', label: 'Once per server, in its maintenance database' },
  { value: 'database', label: 'In each database' },
];
const roles = [
  { value: 'any', label: 'Primary and standbys' },
  { value: 'primary', label: 'The primary alone' },
  { value: 'standby', label: 'Standbys alone' },
];

interface QuestionFieldsProps {
  draft: OwnCheckDraft;
  errors: Record<string, string>;
  /** The name of a check that is there stays: its history hangs on it. */
  nameFixed: boolean;
  onChange: (change: Partial<OwnCheckDraft>) => void;
}

/** What is asked, of whom and how often. */
export function QuestionFields({ draft, errors, nameFixed, onChange }: QuestionFieldsProps) {
  const text = (field: 'name' | 'title' | 'everySeconds' | 'timeoutMs' | 'clusters' | 'databases') => ({
    name: field,
    value: draft[field],
    onChange: (event: { target: { value: string } }) => onChange({ [field]: event.target.value }),
    autoComplete: 'off',
  });
  return (
    <div className="grid max-w-4xl gap-3 sm:grid-cols-2">
      <Field label="Name" required error={errors.name} hint="Stays for ever; like stuck-orders.">
        <Input {...text('name')} disabled={nameFixed} spellCheck={false} />
      </Field>
      <Field label="Title" required error={errors.title}>
        <Input {...text('title')} />
      </Field>
      <Field
        label="Query"
        required
        error={errors.sql}
        className="sm:col-span-2"
        hint="One SELECT. Write names with their schema (public.orders): nothing but pg_catalog is looked in. It runs in a read-only transaction with the watch login."
      >
        <Textarea
          mono
          name="sql"
          rows={7}
          value={draft.sql}
          spellCheck={false}
          onChange={(event) => onChange({ sql: event.target.value })}
        />
      </Field>
      <Field label="Asked" required>
        <Select
          name="target"
          value={draft.target}
          options={targets}
          onChange={(event) => onChange({ target: event.target.value as OwnCheckDraft['target'] })}
        />
      </Field>
      <Field label="Of" required>
        <Select
          name="runsOn"
          value={draft.runsOn}
          options={roles}
          onChange={(event) => onChange({ runsOn: event.target.value as OwnCheckDraft['runsOn'] })}
        />
      </Field>
      <Field label="Every, in s" required error={errors.everySeconds}>
        <Input {...text('everySeconds')} inputMode="numeric" />
      </Field>
      <Field label="Stopped after, in ms" required error={errors.timeoutMs}>
        <Input {...text('timeoutMs')} inputMode="numeric" />
      </Field>
      <Field
        label="Only in clusters"
        error={errors.clusters}
        hint="Names with commas between; empty means all."
      >
        <Input {...text('clusters')} />
      </Field>
      {draft.target === 'database' ? (
        <Field
          label="Only in databases"
          error={errors.databases}
          hint="Names with commas between; empty means all."
        >
          <Input {...text('databases')} />
        </Field>
      ) : null}
      <Field
        label="Why"
        error={errors.why}
        className="sm:col-span-2"
        hint="What breaks if this is ignored; stands beside each finding."
      >
        <Textarea
          name="why"
          rows={2}
          value={draft.why}
          onChange={(event) => onChange({ why: event.target.value })}
        />
      </Field>
    </div>
  );
}
