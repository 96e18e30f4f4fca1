'use client';

import { onlineManager, useQueryClient } from '@tanstack/react-query';
import { signOut } from 'next-auth/react';
import { useToast } from '@/components/ui/toast';

/**
 * Ends the session and leaves for the sign-in page. The page asks nothing more from the first moment on: what it asked
 * between the end of the session and its own would be refused, and would send it somewhere else.
 */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const toast = useToast();
  return async () => {
    onlineManager.setOnline(false);
    // By the browser's way back to this very page, kept as it was: it asks again, is refused, and leaves.
    window.addEventListener('pageshow', () => onlineManager.setOnline(true), { once: true });
    await client.cancelQueries();
    try {
      await signOut({ callbackUrl: '/signin' });
    } catch {
      onlineManager.setOnline(true);
      toast({ title: 'You are still signed in: the console cannot be reached.', tone: 'crit' });
    }
  };
}
