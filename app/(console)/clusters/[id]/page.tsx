import type { Metadata } from 'next';
import { ClusterPage } from '@/components/cluster/cluster-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Cluster' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ClusterPage id={id} refusal={await pageRefusal('manage-instances')} />;
}
