'use client';

import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { environmentSuggestions, namesProduction } from '@/lib/contract/clusters';

interface ClusterFieldsProps {
  name: string;
  environment: string;
  /** Undefined: as the name of the environment says. */
  isProduction?: boolean;
  onChange: (change: { name?: string; environment?: string; isProduction?: boolean }) => void;
  errors: Record<string, string>;
}

/** The name of a cluster and what it is for. */
export function ClusterFields({ name, environment, isProduction, onChange, errors }: ClusterFieldsProps) {
  return (
    <div className="grid max-w-3xl gap-3 sm:grid-cols-2">
      <Field label="Name" required error={errors.name}>
        <Input name="name" value={name} onChange={(event) => onChange({ name: event.target.value })} />
      </Field>
      <Field label="Environment" required error={errors.environment} hint="Shown beside the name everywhere.">
        <Input
          name="environment"
          list="environments"
          value={environment}
          onChange={(event) => onChange({ environment: event.target.value })}
        />
      </Field>
      <Checkbox
        className="sm:col-span-2"
        label="Production"
        hint="People depend on it: what is risky needs a second person, or a dba who breaks the glass."
        checked={isProduction ?? namesProduction(environment)}
        onChange={(event) => onChange({ isProduction: event.target.checked })}
      />
      <datalist id="environments">
        {environmentSuggestions.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}
