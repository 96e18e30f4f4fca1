import type { Metadata } from 'next';
import { EmergencyPage } from '@/components/emergency/emergency-page';

export const metadata: Metadata = { title: 'Emergency sheet' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <EmergencyPage id={(await params).id} />;
}
