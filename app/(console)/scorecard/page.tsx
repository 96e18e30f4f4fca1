import type { Metadata } from 'next';
import { ScorecardPage } from '@/components/scorecard/scorecard-page';

export const metadata: Metadata = { title: 'Scorecard' };

export default function Page() {
  return <ScorecardPage />;
}
