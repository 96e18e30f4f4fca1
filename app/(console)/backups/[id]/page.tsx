import type { Metadata } from 'next';
import { BackupPage } from '@/components/backups/backup-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Backup' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const [pinRefusal, holdRefusal] = await Promise.all([
    pageRefusal('pin-backup'),
    pageRefusal('manage-retention'),
  ]);
  return <BackupPage id={id} pinRefusal={pinRefusal} holdRefusal={holdRefusal} />;
}
