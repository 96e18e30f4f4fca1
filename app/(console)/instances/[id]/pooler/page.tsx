import type { Metadata } from 'next';
import { PoolerPage } from '@/components/pooler/pooler-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'PgBouncer' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <PoolerPage id={id} refusal={await pageRefusal('manage-instances')} />;
}
