import type { Metadata } from 'next';
import { TablesPage } from '@/components/tables/tables-page';

export const metadata: Metadata = { title: 'Tables' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <TablesPage id={(await params).id} />;
}
