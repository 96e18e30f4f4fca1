import type { Actor } from '@/lib/auth/actor';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { PlumblineError } from '@/lib/base/errors';
import type { CreateToken } from '@/lib/contract/tokens';
import { isAllowed, roleNames } from '@/lib/engine/roles';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { findTokenOwner, insertToken, revokeTokens } from '@/lib/store/tokens';

interface Meta {
  requestId: string;
}

/**
 * Makes an API token of the actor's own. Its text is returned this once.
 *
 * @throws PlumblineError `not-allowed` to a token (one that was stolen could prolong itself) and for a role above the
 *   actor's own.
 */
export async function createToken(
  db: Store,
  actor: Actor,
  input: CreateToken,
  meta: Meta,
): Promise<{ id: string; token: string }> {
  if (actor.kind !== 'user' || actor.id === null) {
    throw new PlumblineError('not-allowed', 'A token cannot make tokens.', {
      next: 'Sign in on the page and make it there.',
    });
  }
  if (roleNames.indexOf(input.role) > roleNames.indexOf(actor.role)) {
    throw new PlumblineError(
      'not-allowed',
      `A token of yours cannot have more than your role, ${actor.role}.`,
      {
        fields: { role: `At most ${actor.role}.` },
      },
    );
  }
  const ownerId = actor.id;
  const token = newTokenText();
  const expiresAt =
    input.expiresInDays === null
      ? null
      : new Date(Date.now() + input.expiresInDays * 86_400_000).toISOString();
  return db.transaction().execute(async (trx) => {
    const id = await insertToken(trx, {
      ownerId,
      name: input.name,
      hash: tokenHash(token),
      role: input.role,
      expiresAt,
    });
    await appendAudit(trx, {
      actor,
      action: 'token.create',
      subject: { kind: 'token', id, name: input.name },
      details: { role: input.role, expiresAt },
      requestId: meta.requestId,
    });
    return { id, token };
  });
}

/**
 * Revokes a token at once: one's own, or with the right to manage people anybody's. False when it had ended before.
 *
 * @throws PlumblineError `not-found`, for other people's tokens too.
 */
export async function revokeToken(
  db: Store,
  actor: Actor,
  input: { id: string },
  meta: Meta,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const ownerId = await findTokenOwner(trx, input.id);
    if (!ownerId || (ownerId !== actor.id && !isAllowed(actor.role, 'manage-people'))) {
      throw new PlumblineError('not-found', 'There is no such token.', {
        next: 'Reload the list of tokens.',
      });
    }
    const [revoked] = await revokeTokens(trx, { id: input.id });
    if (!revoked) return false;
    await appendAudit(trx, {
      actor,
      action: 'token.revoke',
      subject: { kind: 'token', id: revoked.id, name: revoked.name },
      details: { ownerId },
      requestId: meta.requestId,
    });
    return true;
  });
}
