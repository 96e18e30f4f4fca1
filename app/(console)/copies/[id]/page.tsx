import type { Metadata } from 'next';
import { CopyPage } from '@/components/copies/copy-page';

export const metadata: Metadata = { title: 'Copy' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <CopyPage id={id} />;
}
