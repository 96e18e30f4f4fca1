import type { Metadata } from 'next';
import { InstanceSettingsPage } from '@/components/cluster/instance-settings-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'Settings of a server' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <InstanceSettingsPage id={id} refusal={await pageRefusal('manage-instances')} />;
}
