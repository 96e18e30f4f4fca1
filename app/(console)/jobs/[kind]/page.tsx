import type { Metadata } from 'next';
import { JobPage } from '@/components/runs/job-page';

export const metadata: Metadata = { title: 'Plan a job' };

export default async function Page({ params }: { params: Promise<{ kind: string }> }) {
  const { kind } = await params;
  return <JobPage kind={decodeURIComponent(kind)} />;
}
