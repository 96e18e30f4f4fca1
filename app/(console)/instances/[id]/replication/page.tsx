import type { Metadata } from 'next';
import { InstanceReplicationPage } from '@/components/replication/instance-replication-page';

export const metadata: Metadata = { title: 'Replication of an instance' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <InstanceReplicationPage id={(await params).id} />;
}
