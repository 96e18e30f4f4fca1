import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { AuthCard } from '@/components/auth/auth-card';
import { SignInForm } from '@/components/auth/sign-in-form';
import { pageActorOrNobody } from '@/lib/auth/page-actor';
import { safeReturnPath } from '@/lib/base/paths';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Sign in' };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const search = await searchParams;
  const one = (name: string) => [search[name]].flat()[0];
  const returnPath = safeReturnPath(one('callbackUrl') ?? one('next'));
  if (await pageActorOrNobody()) redirect(returnPath);
  return (
    <AuthCard title="Sign in" note="With the account that a dba of this console has made for you.">
      <SignInForm returnPath={returnPath} errorCode={one('error')} />
    </AuthCard>
  );
}
