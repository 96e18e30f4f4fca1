'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { storagesPath } from '@/components/data/storages';
import { bodyOf, draftOf, emptyStorage, type StorageDraft } from '@/components/storages/storage-draft';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import {
  changeStorageSchema,
  newStorageSchema,
  type StorageView,
  storageMadeSchema,
} from '@/lib/contract/storages';

interface StorageFormProps {
  /** Undefined for a new one. */
  storage: StorageView | undefined;
  refusal: string | null;
  onSaved: () => void;
  onCancel: () => void;
}

const styles = [
  { value: 'host', label: 'bucket.host/key (Amazon and most)' },
  { value: 'path', label: 'host/bucket/key (MinIO and others)' },
];

/** Adds or changes a storage; a worker tries it as soon as it is saved. */
export function StorageForm({ storage, refusal, onSaved, onCancel }: StorageFormProps) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<StorageDraft>(storage ? draftOf(storage) : emptyStorage);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<StorageDraft>) => setDraft((before) => ({ ...before, ...change }));
  const text = (name: 'name' | 'endpoint' | 'region' | 'bucket' | 'prefix' | 'tlsCa') => ({
    name: `storage.${name}`,
    value: draft[name],
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
    autoComplete: 'off',
    spellCheck: false,
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const parsed = (storage ? changeStorageSchema : newStorageSchema).safeParse(bodyOf(draft));
    setErrors(
      Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message])),
    );
    if (!parsed.success) return;
    setBusy(true);
    try {
      if (storage) await api.patch(`${storagesPath}/${storage.id}`, parsed.data, storageMadeSchema);
      else await api.post(storagesPath, parsed.data, storageMadeSchema);
      await client.invalidateQueries({ queryKey: [storagesPath] });
      onSaved();
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(error.fields);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="max-w-3xl space-y-3">
      <div className="grid gap-3 sm:grid-cols-6">
        <Field label="Name" required error={errors.name} className="sm:col-span-2">
          <Input {...text('name')} />
        </Field>
        <Field
          label="Endpoint"
          required
          hint="https://host or https://host:port of the S3 interface."
          error={errors.endpoint}
          className="sm:col-span-4"
        >
          <Input {...text('endpoint')} inputMode="url" />
        </Field>
        <Field label="Bucket" required error={errors.bucket} className="sm:col-span-2">
          <Input {...text('bucket')} />
        </Field>
        <Field label="Region" required error={errors.region} className="sm:col-span-2">
          <Input {...text('region')} />
        </Field>
        <Field
          label="Prefix"
          hint="Everything of ours lies below it."
          error={errors.prefix}
          className="sm:col-span-2"
        >
          <Input {...text('prefix')} />
        </Field>
        <Field label="Addresses" required className="sm:col-span-6">
          <Select
            name="storage.uriStyle"
            value={draft.uriStyle}
            options={styles}
            onChange={(event) => set({ uriStyle: event.target.value === 'path' ? 'path' : 'host' })}
          />
        </Field>
        {(['accessKey', 'secretKey'] as const).map((name) => (
          <Field
            key={name}
            label={name === 'accessKey' ? 'Access key' : 'Secret key'}
            required={!storage}
            hint={storage ? 'Stored and sealed. Type it again when the place changes.' : undefined}
            error={errors[name]}
            className="sm:col-span-3"
          >
            <Input
              name={`storage.${name}`}
              type={name === 'secretKey' ? 'password' : 'text'}
              autoComplete={name === 'secretKey' ? 'new-password' : 'off'}
              spellCheck={false}
              value={draft[name]}
              onChange={(event) => set({ [name]: event.target.value })}
            />
          </Field>
        ))}
        <Field
          label="Certificate authority"
          hint="PEM; the well-known ones without it."
          error={errors.tlsCa}
          className="sm:col-span-6"
        >
          <Textarea mono rows={2} {...text('tlsCa')} />
        </Field>
      </div>
      <Checkbox
        label="Check the certificate"
        hint="Without it whoever stands in between reads the keys’ signatures and what is not encrypted."
        checked={draft.verifyTls}
        onChange={(event) => set({ verifyTls: event.target.checked })}
      />
      <ErrorLine error={failure} />
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
          {storage ? 'Save and test it' : 'Add and test it'}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
      </div>
    </form>
  );
}
