'use client';

import { CircleUser, KeyRound, LogOut } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useSignOut } from '@/components/shell/use-sign-out';
import { Button } from '@/components/ui/button';
import { Menu } from '@/components/ui/menu';

/** Who is signed in, their account, and the way out. */
export function UserMenu({ name, role }: { name: string; role: string }) {
  const router = useRouter();
  const signOut = useSignOut();
  return (
    <Menu
      label="Your account"
      trigger={
        <Button
          look="quiet"
          aria-label={`Signed in as ${name}, role ${role}`}
          icon={<CircleUser aria-hidden className="size-4" />}
        >
          <span className="max-w-40 truncate max-md:hidden">{name}</span>
          <span className="text-xs font-normal text-faint max-md:hidden">{role}</span>
        </Button>
      }
      items={[
        {
          id: 'account',
          label: 'Your account',
          icon: <KeyRound aria-hidden className="size-4" />,
          onSelect: () => router.push('/account'),
        },
        {
          id: 'sign-out',
          label: 'Sign out',
          icon: <LogOut aria-hidden className="size-4" />,
          onSelect: () => void signOut(),
        },
      ]}
    />
  );
}
