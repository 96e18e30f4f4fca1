import type { Metadata } from 'next';
import { RecoveryPage } from '@/components/recovery/recovery-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Recovery' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RecoveryPage id={(await params).id} refusal={await pageRefusal('manage-instances')} />;
}
