'use client';

import { signIn } from 'next-auth/react';
import { type FormEvent, useState } from 'react';
import { PasswordInput } from '@/components/auth/password-input';
import { type SignInError, signInError } from '@/components/auth/sign-in-error';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { StatusMark } from '@/components/ui/status-mark';

interface SignInFormProps {
  /** A path of this console, checked by the page. */
  returnPath: string;
  /** A code that next-auth or the page has put into the address. */
  errorCode?: string;
}

/** E-mail and password. What went wrong stands above the fields, with what to do; the password field is emptied. */
export function SignInForm({ returnPath, errorCode }: SignInFormProps) {
  const [error, setError] = useState<SignInError | null>(errorCode ? signInError(errorCode) : null);
  const [busy, setBusy] = useState(false);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const answer = await signIn('credentials', { redirect: false, email, password }).catch(() => undefined);
    if (answer?.ok && !answer.error) {
      // A whole new page: everything on it is read as the person who has just signed in.
      window.location.assign(returnPath);
      return;
    }
    setPassword('');
    setError(signInError(answer?.error ?? 'unavailable'));
    setBusy(false);
  };

  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      {error ? (
        <div role="alert" className="rounded-md bg-crit-soft px-3 py-2 text-sm">
          <StatusMark status="error" word={error.title} />
          <p className="mt-0.5">{error.next}</p>
        </div>
      ) : null}
      <Field label="E-mail" required>
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Password" required>
        <PasswordInput
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" look="primary" busy={busy} className="mt-1">
        Sign in
      </Button>
    </form>
  );
}
