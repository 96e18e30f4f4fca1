import type { Metadata } from 'next';
import { StoragesPage } from '@/components/storages/storages-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Storages' };

export default async function Page() {
  return <StoragesPage refusal={await pageRefusal('manage-storages')} />;
}
