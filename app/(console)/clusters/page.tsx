import type { Metadata } from 'next';
import { ClustersPage } from '@/components/cluster/clusters-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Clusters' };

export default async function Page() {
  return <ClustersPage refusal={await pageRefusal('manage-instances')} />;
}
