import type { Metadata } from 'next';
import { IndexesPage } from '@/components/indexes/indexes-page';

export const metadata: Metadata = { title: 'Indexes' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <IndexesPage id={(await params).id} />;
}
