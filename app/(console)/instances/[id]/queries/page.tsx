import type { Metadata } from 'next';
import { QueriesPage } from '@/components/queries/queries-page';

export const metadata: Metadata = { title: 'Queries' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <QueriesPage id={(await params).id} />;
}
