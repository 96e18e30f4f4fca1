import type { Metadata } from 'next';
import { ChangesPage } from '@/components/now/changes-page';

export const metadata: Metadata = { title: 'Changes' };

export default function Page() {
  return <ChangesPage />;
}
