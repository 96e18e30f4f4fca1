import type { Metadata } from 'next';
import { BackupPage } from '@/components/backups/backup-page';

export const metadata: Metadata = { title: 'Backup' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <BackupPage id={id} />;
}
