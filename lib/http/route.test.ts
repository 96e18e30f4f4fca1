import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { type Permission, permissionRoles, type RoleName, roleNames } from '@/lib/engine/roles';
import { route } from '@/lib/http/route';
import { openStore } from '@/lib/store/db';
import { revokeSessions } from '@/lib/store/sessions';
import { insertToken, revokeTokens } from '@/lib/store/tokens';
import { updateUser } from '@/lib/store/users';
import { callRoute, sessionCookie, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

const whoAmI = (permission: Permission = 'read') =>
  route({ permission, run: async ({ actor }) => ({ role: actor.role, kind: actor.kind }) });

async function errorOf(response: Response) {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(error.requestId).toBe(response.headers.get('x-request-id'));
  return error;
}

async function agedSession(cookieOf: { userId: string; sessionId: string }, change: Record<string, string>) {
  const owner = openStore(web.console.ownerUrl, { applicationName: 'test' });
  await owner.db.updateTable('sessions').set(change).where('id', '=', cookieOf.sessionId).execute();
  await owner.close();
}

async function tokenOf(ownerId: string, role: RoleName, expiresAt: string | null = null) {
  const token = newTokenText();
  const id = await insertToken(web.db, { ownerId, name: 'test', hash: tokenHash(token), role, expiresAt });
  return { id, token };
}

describe('who is asked', () => {
  it('refuses nobody, nonsense and foreign cookies alike', async () => {
    const other = await sessionCookie('01890000-0000-7000-8000-000000000000');
    for (const cookie of [undefined, 'plumbline.session=x', 'plumbline.session=', other]) {
      const response = await callRoute(whoAmI(), { cookie });
      expect(response.status).toBe(401);
      expect((await errorOf(response)).code).toBe('not-signed-in');
    }
  });

  it('knows a session, and nothing may keep its answer', async () => {
    const { cookie } = await web.signedIn('operator');
    const response = await callRoute(whoAmI(), { cookie });
    expect(await response.json()).toEqual({ role: 'operator', kind: 'user' });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('ends with sign-out, replayed cookie or not', async () => {
    const { cookie, userId, sessionId } = await web.signedIn('dba');
    expect((await callRoute(whoAmI(), { cookie })).status).toBe(200);
    await revokeSessions(web.db, userId, { only: sessionId });
    expect((await callRoute(whoAmI(), { cookie })).status).toBe(401);
  });

  it('counts a change of role and a disabled account from the next request', async () => {
    const { cookie, userId } = await web.signedIn('dba');
    expect((await callRoute(whoAmI('manage-people'), { cookie })).status).toBe(200);
    await updateUser(web.db, userId, { role: 'viewer' });
    const refused = await callRoute(whoAmI('manage-people'), { cookie });
    expect(refused.status).toBe(403);
    expect((await errorOf(refused)).message).toMatch(/needs the role dba.*has the role viewer/);
    await updateUser(web.db, userId, { disabled: true });
    expect((await callRoute(whoAmI(), { cookie })).status).toBe(401);
  });

  it('ends an idle session and an old one', async () => {
    const idle = await web.signedIn('viewer');
    await agedSession(idle, { last_seen_at: new Date(Date.now() - 31 * 60_000).toISOString() });
    expect((await callRoute(whoAmI(), { cookie: idle.cookie })).status).toBe(401);
    const old = await web.signedIn('viewer');
    await agedSession(old, { expires_at: new Date(Date.now() - 1000).toISOString() });
    expect((await callRoute(whoAmI(), { cookie: old.cookie })).status).toBe(401);
  });

  it('is kept awake by requests, but not by streams', async () => {
    const person = await web.signedIn('viewer');
    const seen = async () =>
      (
        await web.db
          .selectFrom('sessions')
          .select('last_seen_at')
          .where('id', '=', person.sessionId)
          .executeTakeFirstOrThrow()
      ).last_seen_at;
    await agedSession(person, { last_seen_at: new Date(Date.now() - 5 * 60_000).toISOString() });
    const before = await seen();
    const stream = route({ permission: 'read', keepsSessionAlive: false, run: async () => ({}) });
    expect((await callRoute(stream, { cookie: person.cookie })).status).toBe(200);
    expect(await seen()).toBe(before);
    expect((await callRoute(whoAmI(), { cookie: person.cookie })).status).toBe(200);
    expect(Date.parse(await seen())).toBeGreaterThan(Date.parse(before) + 240_000);
  });

  it('lets each role do exactly what its permissions say', async () => {
    for (const role of roleNames) {
      const { cookie } = await web.signedIn(role);
      for (const [permission, needed] of Object.entries(permissionRoles)) {
        const { status } = await callRoute(whoAmI(permission as Permission), { cookie });
        expect(`${role} ${permission} ${status}`).toBe(
          `${role} ${permission} ${roleNames.indexOf(role) >= roleNames.indexOf(needed) ? 200 : 403}`,
        );
      }
    }
  });

  it('answers only the own account until a one-time password was changed', async () => {
    const { cookie } = await web.signedIn('dba', { mustChangePassword: true });
    const refused = await callRoute(whoAmI('read'), { cookie });
    expect(refused.status).toBe(403);
    expect((await errorOf(refused)).next).toMatch(/account\/password/);
    expect((await callRoute(whoAmI('own-account'), { cookie })).status).toBe(200);
  });
});

describe('tokens', () => {
  it('have the lower of their own role and their owner’s present one', async () => {
    const { userId } = await web.signedIn('dba');
    const low = await tokenOf(userId, 'viewer');
    const high = await tokenOf(userId, 'dba');
    expect(await (await callRoute(whoAmI(), { token: low.token })).json()).toEqual({
      role: 'viewer',
      kind: 'token',
    });
    await updateUser(web.db, userId, { role: 'operator' });
    expect(await (await callRoute(whoAmI(), { token: high.token })).json()).toEqual({
      role: 'operator',
      kind: 'token',
    });
  });

  it('end when they expire, are revoked, or their owner is disabled', async () => {
    const { userId } = await web.signedIn('dba');
    const expired = await tokenOf(userId, 'dba', new Date(Date.now() - 1000).toISOString());
    expect((await callRoute(whoAmI(), { token: expired.token })).status).toBe(401);
    const token = await tokenOf(userId, 'dba');
    expect((await callRoute(whoAmI(), { token: token.token })).status).toBe(200);
    await revokeTokens(web.db, { id: token.id });
    expect((await callRoute(whoAmI(), { token: token.token })).status).toBe(401);
    const orphan = await tokenOf(userId, 'dba');
    await updateUser(web.db, userId, { disabled: true });
    expect((await callRoute(whoAmI(), { token: orphan.token })).status).toBe(401);
  });

  it('are refused when wrong, even beside a good cookie', async () => {
    const { cookie } = await web.signedIn('dba');
    for (const authorization of ['Bearer nonsense', 'Basic abc', `Bearer ${newTokenText()}`, '']) {
      expect((await callRoute(whoAmI(), { cookie, headers: { authorization } })).status).toBe(401);
    }
  });

  it('do not lie in the database', async () => {
    const { userId } = await web.signedIn('dba');
    const { id, token } = await tokenOf(userId, 'viewer');
    const row = await web.db
      .selectFrom('api_tokens')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row.hash.length).toBe(32);
    expect(JSON.stringify(row)).not.toContain(token.slice(4));
  });
});
