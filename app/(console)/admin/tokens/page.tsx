import type { Metadata } from 'next';
import { TokensView } from '@/components/admin/tokens-view';
import { requirePageActor } from '@/lib/auth/page-actor';

export const metadata: Metadata = { title: 'API tokens' };

export default async function Page() {
  const actor = await requirePageActor();
  return <TokensView role={actor.role} />;
}
