import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface PinRow {
  id: string;
  clusterId: string;
  database: string | null;
  label: string | null;
  state: 'ready' | 'expired' | 'missing' | 'gone';
  pinnedAt: string | null;
  pinnedByName: string | null;
  pinReason: string | null;
  holdUntil: string | null;
}

const columns = [
  'id',
  'cluster_id as clusterId',
  'database',
  'label',
  'state',
  'pinned_at as pinnedAt',
  'pinned_by_name as pinnedByName',
  'pin_reason as pinReason',
  'hold_until as holdUntil',
] as const;

/** A backup with its pin and hold. */
export function findPin(db: Store, id: string): Promise<PinRow | undefined> {
  return db.selectFrom('backups').select(columns).where('id', '=', id).executeTakeFirst();
}

/** The same, locked, so that an expiry comes before or after the change. */
export function lockPin(trx: Store, id: string): Promise<PinRow | undefined> {
  return trx.selectFrom('backups').select(columns).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Pins a backup, or takes the pin away. */
export async function storePin(
  trx: Store,
  id: string,
  pin: { by: string; reason: string } | null,
): Promise<void> {
  await trx
    .updateTable('backups')
    .set({
      pinned_at: pin ? sql<string>`clock_timestamp()` : null,
      pinned_by_name: pin?.by ?? null,
      pin_reason: pin?.reason ?? null,
    })
    .where('id', '=', id)
    .execute();
}

/** Holds a backup until a moment (ISO 8601), or ends the hold. */
export async function storeHold(trx: Store, id: string, until: string | null): Promise<void> {
  await trx.updateTable('backups').set({ hold_until: until }).where('id', '=', id).execute();
}
