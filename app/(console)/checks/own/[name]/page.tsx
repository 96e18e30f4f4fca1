import type { Metadata } from 'next';
import { OwnCheckPage } from '@/components/checks/own-check-page';
import { pageRefusal } from '@/lib/auth/page-refusal';

export const metadata: Metadata = { title: 'A check of your own' };

export default async function Page({ params }: { params: Promise<{ name: string }> }) {
  const { name } = await params;
  return <OwnCheckPage name={name} refusal={await pageRefusal('manage-checks')} />;
}
