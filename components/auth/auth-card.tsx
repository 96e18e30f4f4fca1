import type { ReactNode } from 'react';
import { Logo } from '@/components/shell/logo';

/** The page around signing in: one card, nothing else. */
export function AuthCard({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-4 p-4">
      <p className="flex items-center gap-2 text-lg font-semibold">
        <Logo className="size-5" />
        Plumbline
      </p>
      <section className="rounded-lg border border-line bg-surface p-5 max-sm:p-4">
        <h1 className="text-xl font-semibold">{title}</h1>
        {note ? <p className="mt-1 text-sm text-muted">{note}</p> : null}
        <div className="mt-4">{children}</div>
      </section>
      <p className="text-sm text-muted">PostgreSQL in production: see, decide, act, prove.</p>
    </main>
  );
}
