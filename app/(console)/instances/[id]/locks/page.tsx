import type { Metadata } from 'next';
import { LocksPage } from '@/components/locks/locks-page';

export const metadata: Metadata = { title: 'Locks' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <LocksPage id={(await params).id} />;
}
