import type { Metadata } from 'next';
import { InstancePage } from '@/components/instance/instance-page';

export const metadata: Metadata = { title: 'Instance' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <InstancePage id={(await params).id} />;
}
