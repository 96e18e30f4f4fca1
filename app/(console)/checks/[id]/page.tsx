import type { Metadata } from 'next';
import { CheckPage } from '@/components/checks/check-page';

export const metadata: Metadata = { title: 'A check' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <CheckPage id={id} />;
}
