'use client';

import type { FieldValues, SchemaField } from '@/components/runs/schema-fields';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { Choice, JobChoices } from '@/lib/contract/jobs';

interface SchemaInputProps {
  field: SchemaField;
  values: FieldValues;
  /** What the API offers for the field, when its definition says where choices come from. */
  offered: JobChoices['fields'][string] | undefined;
  error: string | undefined;
  onChange: (changes: FieldValues) => void;
}

/** A choice fits when it contradicts nothing that is filled in. */
function fits(choice: Choice, values: FieldValues, fieldsBefore: readonly string[]): boolean {
  return fieldsBefore.every((name) => {
    const filled = values[name];
    return (
      filled === undefined ||
      filled === '' ||
      choice.with[name] === undefined ||
      String(choice.with[name]) === filled
    );
  });
}

/** One field of a job's form, drawn by its JSON schema: a list where choices are known, else what it takes. */
export function SchemaInput(props: SchemaInputProps & { fieldsBefore: readonly string[] }) {
  const { field, values, offered, error, onChange, fieldsBefore } = props;
  const value = values[field.name] ?? field.initial;
  const change = (text: string | boolean) => onChange({ [field.name]: text });
  if (field.kind === 'boolean') {
    return (
      <Checkbox
        label={field.title}
        hint={error ?? field.description}
        checked={value === true}
        onChange={(event) => change(event.target.checked)}
      />
    );
  }
  const text = String(value);
  const hint = [field.description, offered?.emptyReason].filter(Boolean).join(' ') || undefined;
  return (
    <Field label={field.title} hint={hint} error={error} required={field.required}>
      {field.kind === 'choice' ? (
        <Select
          name={field.name}
          value={text}
          placeholder={field.required ? 'Choose…' : 'Default'}
          options={field.choices.map((choice) => ({ value: choice, label: choice }))}
          onChange={(event) => change(event.target.value)}
        />
      ) : offered && offered.items.length > 0 ? (
        <OfferedSelect
          field={field}
          items={offered.items.filter((item) => fits(item, values, fieldsBefore))}
          values={values}
          onChange={onChange}
        />
      ) : field.kind === 'list' ? (
        <Textarea
          name={field.name}
          value={text}
          placeholder="one per line"
          onChange={(event) => change(event.target.value)}
        />
      ) : (
        <Input
          name={field.name}
          value={text}
          type={field.kind === 'number' ? 'number' : 'text'}
          min={field.minimum}
          max={field.maximum}
          step={field.kind === 'number' && field.integer ? 1 : undefined}
          maxLength={field.maxLength}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What is on the cluster now; a value of the address that is not among it stays and says so. */
function OfferedSelect({
  field,
  items,
  values,
  onChange,
}: {
  field: SchemaField;
  items: readonly Choice[];
  values: FieldValues;
  onChange: (changes: FieldValues) => void;
}) {
  const value = String(values[field.name] ?? '');
  const matches = (choice: Choice) =>
    choice.value === value &&
    Object.entries(choice.with).every(([name, each]) => !values[name] || values[name] === String(each));
  const chosen = items.findIndex(matches);
  const strange = value !== '' && chosen < 0;
  return (
    <Select
      name={field.name}
      value={strange ? 'typed' : chosen < 0 ? '' : String(chosen)}
      placeholder={field.required ? 'Choose…' : 'None'}
      options={[
        ...(strange ? [{ value: 'typed', label: `${value} (not seen there now)` }] : []),
        ...items.map((item, place) => ({
          value: String(place),
          label: item.note ? `${item.label} (${item.note})` : item.label,
        })),
      ]}
      onChange={(event) => {
        const item = items[Number(event.target.value)];
        if (event.target.value === '') onChange({ [field.name]: '' });
        else if (item) {
          const others = Object.fromEntries(
            Object.entries(item.with).map(([name, each]) => [name, String(each)]),
          );
          onChange({ ...others, [field.name]: item.value });
        }
      }}
    />
  );
}
