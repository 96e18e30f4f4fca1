import type { Metadata } from 'next';
import { EvidencePage } from '@/components/runs/evidence-page';

export const metadata: Metadata = { title: 'Evidence' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <EvidencePage id={id} />;
}
