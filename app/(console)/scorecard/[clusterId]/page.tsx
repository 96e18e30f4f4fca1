import type { Metadata } from 'next';
import { ClusterScorecardPage } from '@/components/scorecard/cluster-page';

export const metadata: Metadata = { title: 'Scorecard of a cluster' };

export default async function Page({ params }: { params: Promise<{ clusterId: string }> }) {
  const { clusterId } = await params;
  return <ClusterScorecardPage clusterId={clusterId} />;
}
