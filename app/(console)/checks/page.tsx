import type { Metadata } from 'next';
import { ChecksPage } from '@/components/checks/checks-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Checks' };

export default async function Page() {
  return <ChecksPage refusal={await pageRefusal('manage-checks')} />;
}
