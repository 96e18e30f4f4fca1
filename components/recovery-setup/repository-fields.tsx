'use client';

import { useStorages } from '@/components/data/storages';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

/** A repository as it is typed; `place` is `disk` or the id of a storage. */
export interface RepositoryDraft {
  key: number;
  place: string;
  path: string;
  isEncrypted: boolean;
}

export const emptyRepository = (key: number): RepositoryDraft => ({
  key,
  place: 'disk',
  path: '/var/lib/pgbackrest',
  isEncrypted: true,
});

export function repositoryBody({ place, path, isEncrypted }: RepositoryDraft) {
  return place === 'disk'
    ? { storageId: null, path: path.trim(), isEncrypted }
    : { storageId: place, path: null, isEncrypted };
}

interface RepositoryFieldsProps {
  draft: RepositoryDraft;
  /** Its place in the form, from 0: errors are named by it. */
  index: number;
  errors: Record<string, string>;
  prefix: string;
  onChange: (change: Partial<RepositoryDraft>) => void;
  onRemove: (() => void) | undefined;
}

/** Where one repository is and whether it is encrypted. */
export function RepositoryFields({
  draft,
  index,
  errors,
  prefix,
  onChange,
  onRemove,
}: RepositoryFieldsProps) {
  const storages = useStorages();
  const places = [
    { value: 'disk', label: 'A folder on the server’s host' },
    ...(storages.data?.items ?? []).map(({ id, name, endpoint }) => ({
      value: id,
      label: `Storage ${name}${endpoint.startsWith('https:') ? '' : ' (no TLS: pgBackRest refuses it)'}`,
      disabled: !endpoint.startsWith('https:'),
    })),
  ];
  return (
    <fieldset className="space-y-2 rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">Repository {index + 1}</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Where" required error={errors[`${prefix}storageId`]}>
          <Select
            name={`repository.${index}.place`}
            value={draft.place}
            options={places}
            onChange={(event) => onChange({ place: event.target.value })}
          />
        </Field>
        {draft.place === 'disk' ? (
          <Field
            label="Folder"
            required
            hint="On another disk than the data; better on another machine’s."
            error={errors[`${prefix}path`]}
          >
            <Input
              name={`repository.${index}.path`}
              value={draft.path}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange({ path: event.target.value })}
            />
          </Field>
        ) : null}
      </div>
      <Checkbox
        label="Encrypt it (AES-256)"
        hint="The pass is made here and shown once. It cannot be changed later."
        checked={draft.isEncrypted}
        onChange={(event) => onChange({ isEncrypted: event.target.checked })}
      />
      {onRemove ? (
        <Button size="small" onClick={onRemove}>
          Leave this repository out
        </Button>
      ) : null}
    </fieldset>
  );
}
