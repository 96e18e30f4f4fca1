'use client';

import type { SchemaField } from '@/components/runs/schema-fields';
import { Field } from '@/components/ui/field';
import { SecretInput } from '@/components/ui/secret-input';

interface TypedInputProps {
  field: SchemaField;
  value: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

/** Takes what somebody types from where a copy is kept. It is in this page's memory alone until it is sent, once. */
export function TypedInput({ field, value, error, onChange }: TypedInputProps) {
  return (
    <Field label={field.title} hint={field.description} error={error} required={field.required}>
      <SecretInput name={field.name} value={value} onChange={onChange} />
    </Field>
  );
}
