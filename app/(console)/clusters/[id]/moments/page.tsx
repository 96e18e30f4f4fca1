import type { Metadata } from 'next';
import { MomentsPage } from '@/components/restore-moment/moments-page';

export const metadata: Metadata = { title: 'Moments of loss' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <MomentsPage id={(await params).id} />;
}
