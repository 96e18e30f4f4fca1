import type { Metadata } from 'next';
import { AccountView } from '@/components/admin/account-view';

export const metadata: Metadata = { title: 'Your account' };

export default function Page() {
  return <AccountView />;
}
