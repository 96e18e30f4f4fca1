import type { Metadata } from 'next';
import { RetentionPage } from '@/components/retention/retention-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Retention' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RetentionPage id={(await params).id} refusal={await pageRefusal('manage-retention')} />;
}
