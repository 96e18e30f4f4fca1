import type { Metadata } from 'next';
import { ServerPage } from '@/components/instance/server-page';

export const metadata: Metadata = { title: 'Server' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <ServerPage id={(await params).id} />;
}
