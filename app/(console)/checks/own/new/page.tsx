import type { Metadata } from 'next';
import { NewOwnCheckPage } from '@/components/checks/new-own-check-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'A check of your own' };

export default async function Page() {
  return <NewOwnCheckPage refusal={await pageRefusal('manage-checks')} />;
}
