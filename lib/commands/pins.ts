import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { lockPin, type PinRow, storeHold, storePin } from '@/lib/store/pins';

interface Meta {
  requestId: string;
}

async function backupOrThrow(trx: Store, id: string): Promise<PinRow> {
  const backup = await lockPin(trx, id);
  if (!backup)
    throw new PlumblineError('not-found', 'There is no such backup.', { next: 'See the list of backups.' });
  if (backup.state === 'ready' || backup.state === 'missing') return backup;
  throw new PlumblineError('conflict', `This backup is ${backup.state}: there is nothing left to keep.`, {
    next: 'Choose one that is ready.',
  });
}

const nameOf = (backup: PinRow) => backup.database ?? backup.label;

/**
 * Pins a backup: retention keeps it until somebody unpins it.
 *
 * @throws PlumblineError `not-found`, `conflict` when it is gone, `not-allowed`.
 */
export async function pinBackup(
  db: Store,
  actor: Actor,
  id: string,
  reason: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'pin-backup');
  await db.transaction().execute(async (trx) => {
    const backup = await backupOrThrow(trx, id);
    await storePin(trx, id, { by: actor.name, reason });
    await appendAudit(trx, {
      actor,
      action: 'backup.pin',
      subject: { kind: 'backup', id, name: nameOf(backup) },
      details: { reason, clusterId: backup.clusterId },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'run', id);
  });
}

/** Takes a pin away; why is in the audit log. A pin that is not there is none. @throws as `pinBackup` does. */
export async function unpinBackup(
  db: Store,
  actor: Actor,
  id: string,
  reason: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'pin-backup');
  await db.transaction().execute(async (trx) => {
    const backup = await backupOrThrow(trx, id);
    if (backup.pinnedAt === null) return;
    await storePin(trx, id, null);
    await appendAudit(trx, {
      actor,
      action: 'backup.unpin',
      subject: { kind: 'backup', id, name: nameOf(backup) },
      details: { reason, pinnedBy: backup.pinnedByName, pinReason: backup.pinReason },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'run', id);
  });
}

/**
 * Puts a backup on legal hold until a moment, or ends the hold (`until: null`). Ending or shortening one is a dba’s as
 * well, and stands in the audit log with its reason.
 *
 * @throws PlumblineError as `pinBackup` does, and `bad-input` for a moment that has passed.
 */
export async function holdBackup(
  db: Store,
  actor: Actor,
  id: string,
  hold: { until: string | null; reason: string },
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-retention');
  if (hold.until !== null && Date.parse(hold.until) <= Date.now()) {
    throw new PlumblineError('bad-input', 'The hold would end in the past.', {
      next: 'Choose a later day.',
      fields: { until: 'It has passed.' },
    });
  }
  await db.transaction().execute(async (trx) => {
    const backup = await backupOrThrow(trx, id);
    await storeHold(trx, id, hold.until);
    await appendAudit(trx, {
      actor,
      action: hold.until === null ? 'backup.release' : 'backup.hold',
      subject: { kind: 'backup', id, name: nameOf(backup) },
      details: { reason: hold.reason, until: hold.until, before: backup.holdUntil },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'run', id);
  });
}
