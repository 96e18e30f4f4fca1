import type { Metadata } from 'next';
import { ActivityPage } from '@/components/activity/activity-page';

export const metadata: Metadata = { title: 'Load' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <ActivityPage id={(await params).id} />;
}
