import { startActor } from '@/lib/auth/actor';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { PlumblineError } from '@/lib/base/errors';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { insertToken, revokeTokens } from '@/lib/store/tokens';
import { firstDba } from '@/lib/store/users';

const name = 'local start';

/**
 * A new token for the command line of the user who runs the local start; the one of the start before ends. The caller
 * keeps it in a file that only that user reads.
 *
 * @throws PlumblineError `conflict` when the console has no dba yet.
 */
export async function ensureLocalToken(db: Store): Promise<string> {
  const owner = await firstDba(db);
  if (!owner) {
    throw new PlumblineError('conflict', 'The console has nobody with the role dba yet.', {
      next: 'Make the first administrator before its token.',
    });
  }
  const token = newTokenText();
  await db.transaction().execute(async (trx) => {
    await revokeTokens(trx, { ownerId: owner.id, name });
    const id = await insertToken(trx, {
      ownerId: owner.id,
      name,
      hash: tokenHash(token),
      role: 'dba',
      expiresAt: null,
    });
    await appendAudit(trx, {
      actor: startActor,
      action: 'token.create',
      subject: { kind: 'token', id, name },
      details: { role: 'dba', ownerId: owner.id },
    });
  });
  return token;
}
