import type { Metadata } from 'next';
import { CriterionPage } from '@/components/scorecard/criterion-page';

export const metadata: Metadata = { title: 'Criterion' };

export default async function Page({
  params,
}: {
  params: Promise<{ clusterId: string; criterionId: string }>;
}) {
  const { clusterId, criterionId } = await params;
  return <CriterionPage clusterId={clusterId} criterionId={criterionId} />;
}
