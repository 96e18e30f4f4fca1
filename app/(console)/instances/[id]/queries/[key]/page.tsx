import type { Metadata } from 'next';
import { QueryPage } from '@/components/queries/query-page';

export const metadata: Metadata = { title: 'Query' };

export default async function Page({ params }: { params: Promise<{ id: string; key: string }> }) {
  const { id, key } = await params;
  return <QueryPage id={id} queryid={decodeURIComponent(key)} />;
}
