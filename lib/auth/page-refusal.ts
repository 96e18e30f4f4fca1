import { refusalFor } from '@/lib/auth/actor';
import { requirePageActor } from '@/lib/auth/page-actor';
import type { Permission } from '@/lib/engine/roles';

/** Why the person on this page may not do something, in one line; null when they may. */
export async function pageRefusal(permission: Permission): Promise<string | null> {
  const refusal = refusalFor(await requirePageActor(), permission);
  return refusal && `${refusal.message} ${refusal.next}`;
}
