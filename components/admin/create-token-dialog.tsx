'use client';

import { type FormEvent, useState } from 'react';
import { roleOptions } from '@/components/admin/role-options';
import type { useTokenActs } from '@/components/admin/use-tokens';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { RoleName } from '@/lib/engine/roles';

const lives = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'one year' },
  { value: '', label: 'until it is revoked' },
];

interface CreateTokenDialogProps {
  /** The actor's own role: a token cannot have more. */
  highest: RoleName;
  acts: ReturnType<typeof useTokenActs>;
  onClose: () => void;
  onCreated: (token: string) => void;
}

export function CreateTokenDialog({ highest, acts, onClose, onCreated }: CreateTokenDialogProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleName>('viewer');
  const [days, setDays] = useState('90');
  const { create } = acts;
  const fields = create.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { name, role, expiresInDays: days === '' ? null : Number(days) },
      { onSuccess: (created) => onCreated(created.token) },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Make an API token"
      description="For the command line and for programs. It acts in your name."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="create-token" busy={create.isPending}>
            Make it and show it
          </Button>
        </>
      }
    >
      <form id="create-token" onSubmit={submit} className="flex flex-col gap-3">
        {create.error && Object.keys(fields).length === 0 ? <ErrorLine error={create.error} /> : null}
        <Field
          label="Name"
          required
          error={fields.name}
          hint="What it is for, as “nightly drill on build-3”."
        >
          <Input required maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label="Role"
          required
          error={fields.role}
          hint="When your own role becomes lower, the token’s does too."
        >
          <Select
            options={roleOptions(highest)}
            value={role}
            onChange={(event) => setRole(event.target.value as RoleName)}
          />
        </Field>
        <Field label="Valid for" required error={fields.expiresInDays}>
          <Select options={lives} value={days} onChange={(event) => setDays(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}
