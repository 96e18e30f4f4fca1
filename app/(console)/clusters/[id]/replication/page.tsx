import type { Metadata } from 'next';
import { ReplicationPage } from '@/components/replication/replication-page';

export const metadata: Metadata = { title: 'Replication' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <ReplicationPage id={(await params).id} />;
}
