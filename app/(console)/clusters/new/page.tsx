import type { Metadata } from 'next';
import { NewClusterPage } from '@/components/cluster/new-cluster-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Add a cluster' };

export default async function Page() {
  return <NewClusterPage refusal={await pageRefusal('manage-instances')} />;
}
