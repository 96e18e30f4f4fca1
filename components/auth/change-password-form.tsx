'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { PasswordInput } from '@/components/auth/password-input';
import { type ApiError, api } from '@/components/data/api';
import { Button, ButtonLink } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { type ChangePassword, endedSessionsSchema, shortestPassword } from '@/lib/contract/account';

/** Changes one's own password. `first`: it replaces a one-time password, and there is no way round it. */
export function ChangePasswordForm({ first, email }: { first: boolean; email: string }) {
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const change = useMutation<unknown, ApiError, ChangePassword>({
    mutationFn: (body) => api.post('/api/v1/account/password', body, endedSessionsSchema),
    onSuccess: () => window.location.assign(first ? '/' : '/account?changed=password'),
  });
  const differs = again !== '' && again !== wanted;
  const fields = change.error?.fields ?? {};

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!differs) change.mutate({ currentPassword: current, newPassword: wanted });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {change.error && Object.keys(fields).length === 0 ? <ErrorLine error={change.error} /> : null}
      {/* Password managers look for whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <Field label={first ? 'One-time password' : 'Present password'} required error={fields.currentPassword}>
        <PasswordInput
          name="current-password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </Field>
      <Field
        label="New password"
        required
        error={fields.newPassword}
        hint={`At least ${shortestPassword} characters. A few unrelated words in a row are easy to keep and hard to guess.`}
      >
        <PasswordInput
          name="new-password"
          autoComplete="new-password"
          required
          minLength={shortestPassword}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </Field>
      <Field label="New password again" required error={differs ? 'The two are not the same.' : null}>
        <PasswordInput
          name="new-password-again"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.target.value)}
        />
      </Field>
      <p className="text-sm text-muted">Your other sessions end; API tokens stay as they are.</p>
      <div className="mt-1 flex flex-wrap justify-end gap-2">
        {first ? null : <ButtonLink href="/account">Back</ButtonLink>}
        <Button type="submit" look="primary" busy={change.isPending}>
          Change the password
        </Button>
      </div>
    </form>
  );
}
