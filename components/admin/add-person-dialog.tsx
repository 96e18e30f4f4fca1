'use client';

import { type FormEvent, useState } from 'react';
import { roleOptions } from '@/components/admin/role-options';
import type { usePeopleActs } from '@/components/admin/use-people';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { OneTimePassword } from '@/lib/contract/people';
import type { RoleName } from '@/lib/engine/roles';

interface AddPersonDialogProps {
  acts: ReturnType<typeof usePeopleActs>;
  onClose: () => void;
  onAdded: (added: OneTimePassword) => void;
}

/** Name, e-mail and role of somebody new; the answer is their one-time password. */
export function AddPersonDialog({ acts, onClose, onAdded }: AddPersonDialogProps) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<RoleName>('viewer');
  const { add } = acts;
  const fields = add.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate({ name, email, role }, { onSuccess: onAdded });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Add a person"
      description="They sign in with a one-time password that you hand over, and choose their own at once."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="add-person" busy={add.isPending}>
            Add and show the password
          </Button>
        </>
      }
    >
      <form id="add-person" onSubmit={submit} className="flex flex-col gap-3">
        {add.error && Object.keys(fields).length === 0 ? <ErrorLine error={add.error} /> : null}
        <Field label="Name" required error={fields.name}>
          <Input required maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label="E-mail"
          required
          error={fields.email}
          hint="It is the name they sign in with; no mail is sent."
        >
          <Input
            type="email"
            required
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Field label="Role" required error={fields.role}>
          <Select
            options={roleOptions()}
            value={role}
            onChange={(event) => setRole(event.target.value as RoleName)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
