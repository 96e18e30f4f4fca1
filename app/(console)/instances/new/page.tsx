import type { Metadata } from 'next';
import { NewInstancePage } from '@/components/cluster/new-instance-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Add a server' };

export default async function Page() {
  return <NewInstancePage refusal={await pageRefusal('manage-instances')} />;
}
