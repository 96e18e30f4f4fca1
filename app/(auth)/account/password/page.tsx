import type { Metadata } from 'next';
import { AuthCard } from '@/components/auth/auth-card';
import { ChangePasswordForm } from '@/components/auth/change-password-form';
import { requirePageActor } from '@/lib/auth/page-actor';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Change your password' };

export default async function PasswordPage() {
  const actor = await requirePageActor();
  const first = actor.mustChangePassword;
  return (
    <AuthCard
      title={first ? 'Choose a password of your own' : 'Change your password'}
      note={
        first
          ? 'You have signed in with a one-time password. Everything else opens once it is replaced.'
          : undefined
      }
    >
      <ChangePasswordForm first={first} email={actor.email} />
    </AuthCard>
  );
}
