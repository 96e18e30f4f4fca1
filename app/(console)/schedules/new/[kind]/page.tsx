import type { Metadata } from 'next';
import { NewSchedulePage } from '@/components/schedules/new-schedule-page';

export const metadata: Metadata = { title: 'New schedule' };

export default async function Page({ params }: { params: Promise<{ kind: string }> }) {
  const { kind } = await params;
  return <NewSchedulePage kind={decodeURIComponent(kind)} />;
}
