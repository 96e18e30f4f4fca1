'use client';

import Link from 'next/link';
import { type FormEvent, useState } from 'react';
import { roleOptions } from '@/components/admin/role-options';
import type { usePeopleActs } from '@/components/admin/use-people';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import { plural } from '@/lib/base/format';
import type { ChangePerson, OneTimePassword, Person } from '@/lib/contract/people';
import type { RoleName } from '@/lib/engine/roles';

interface ChangePersonDialogProps {
  person: Person;
  /** One's own role, password and way in are nothing to change here. */
  isSelf: boolean;
  acts: ReturnType<typeof usePeopleActs>;
  onClose: () => void;
  onPassword: (password: OneTimePassword) => void;
}

/** Name and role of a person; a new password; whether they may sign in. Everything counts from their next request. */
export function ChangePersonDialog({ person, isSelf, acts, onClose, onPassword }: ChangePersonDialogProps) {
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState<RoleName>(person.role);
  const toast = useToast();
  const { change, reset } = acts;
  const disabled = person.disabledAt !== null;
  const apply = (wanted: ChangePerson, done: string) =>
    change.mutate(
      { id: person.id, change: wanted },
      {
        onSuccess: () => {
          toast({ title: done, tone: 'ok' });
          onClose();
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply({ name, role }, `${name} is changed.`);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={person.name}
      description={person.email}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="change-person" busy={change.isPending}>
            Save name and role
          </Button>
        </>
      }
    >
      <form id="change-person" onSubmit={submit} className="flex flex-col gap-3">
        <ErrorLine error={change.error ?? reset.error} />
        <Field label="Name" required error={change.error?.fields.name}>
          <Input required maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label="Role"
          required
          hint={
            isSelf
              ? 'Another dba can change yours.'
              : 'It counts from their next request, open pages included.'
          }
        >
          <Select
            disabled={isSelf}
            options={roleOptions()}
            value={role}
            onChange={(event) => setRole(event.target.value as RoleName)}
          />
        </Field>
      </form>
      {isSelf ? (
        <p className="mt-4 text-sm text-muted">
          Your password and sessions are on{' '}
          <Link href="/account" className="link">
            your account
          </Link>
          .
        </p>
      ) : (
        <div className="mt-4 flex flex-col gap-3 border-t border-line pt-3 text-sm">
          <div className="flex flex-wrap items-center gap-2">
            <p className="min-w-0 flex-1 basis-52 text-muted">
              A new one-time password ends their {person.openSessions} open sessions. Their{' '}
              {person.openTokens} API tokens stay.
            </p>
            <Button busy={reset.isPending} onClick={() => reset.mutate(person.id, { onSuccess: onPassword })}>
              New one-time password
            </Button>
          </div>
          <div className="flex flex-wrap items-center gap-2">
            <p className="min-w-0 flex-1 basis-52 text-muted">
              {disabled
                ? 'This person cannot sign in. Sessions and tokens from before stay ended.'
                : `Disabling ends ${plural(person.openSessions, 'session')} and ${plural(person.openTokens, 'API token')} at once.`}
            </p>
            <Button
              look={disabled ? 'plain' : 'danger'}
              busy={change.isPending}
              onClick={() =>
                apply({ disabled: !disabled }, `${person.name} is ${disabled ? 'enabled' : 'disabled'}.`)
              }
            >
              {disabled ? 'Enable' : 'Disable'} {person.name}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
