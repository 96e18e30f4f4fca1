import type { Metadata } from 'next';
import { RecoverySetupPage } from '@/components/recovery-setup/recovery-setup-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Set up physical backups' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RecoverySetupPage id={(await params).id} refusal={await pageRefusal('manage-storages')} />;
}
