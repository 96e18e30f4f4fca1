import type { Metadata } from 'next';
import { PeopleView } from '@/components/admin/people-view';
import { requirePageActor } from '@/lib/auth/page-actor';

export const metadata: Metadata = { title: 'People' };

export default async function Page() {
  const actor = await requirePageActor();
  return <PeopleView ownId={actor.id} />;
}
