import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST as postPassword } from '@/app/api/v1/account/password/route';
import { GET as getAccount } from '@/app/api/v1/account/route';
import { DELETE as deleteSession } from '@/app/api/v1/account/sessions/[id]/route';
import { DELETE as deleteOthers } from '@/app/api/v1/account/sessions/route';
import { GET as getAudit } from '@/app/api/v1/audit/route';
import { DELETE as deleteToken } from '@/app/api/v1/tokens/[id]/route';
import { GET as getTokens, POST as postToken } from '@/app/api/v1/tokens/route';
import { accountSchema } from '@/lib/contract/account';
import { auditSchema } from '@/lib/contract/audit';
import { createdTokenSchema, tokensSchema } from '@/lib/contract/tokens';
import { insertSession } from '@/lib/store/sessions';
import { callRoute, sessionCookie, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
const password = 'a long enough password';
const newPassword = 'seven green lamps by the river';

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

function change(cookie: string, body: object, address = '203.0.113.1') {
  return callRoute(postPassword, { method: 'POST', cookie, body, headers: { 'x-forwarded-for': address } });
}

async function makeToken(cookie: string, body: object) {
  const response = await callRoute(postToken, { method: 'POST', cookie, body });
  expect(response.status).toBe(201);
  return createdTokenSchema.parse(await response.json());
}

describe('the own password', () => {
  it('replaces a one-time password, after which everything opens', async () => {
    const person = await web.signedIn('viewer', { password, mustChangePassword: true });
    const elsewhere = await sessionCookie(await insertSession(web.db, person.userId, 'another browser'));
    expect((await callRoute(getAudit, { cookie: person.cookie })).status).toBe(403);
    const changed = await change(person.cookie, { currentPassword: password, newPassword });
    expect(await changed.json()).toEqual({ endedSessions: 1 });
    expect((await callRoute(getAudit, { cookie: person.cookie })).status).toBe(200);
    expect((await callRoute(getAccount, { cookie: elsewhere })).status).toBe(401);
  });

  it('wants the present one, and counts wrong ones as the sign-in does', async () => {
    const person = await web.signedIn('viewer', { password });
    for (let time = 0; time < 5; time += 1) {
      const wrong = await change(person.cookie, { currentPassword: 'wrong', newPassword }, '203.0.113.9');
      expect(wrong.status).toBe(422);
      expect((await wrong.json()).error.fields).toHaveProperty('currentPassword');
    }
    const right = { currentPassword: password, newPassword };
    expect((await change(person.cookie, right, '203.0.113.9')).status).toBe(429);
  });

  it.each([password, 'short', 'aaaaaaaaaaaaaaaa', 'plumblineplumbline', 'PERSON3@example.org'])(
    'cannot become %j',
    async (wanted) => {
      const person = await web.signedIn('viewer', { password });
      const bad = wanted.startsWith('PERSON') ? person.email.toUpperCase() : wanted;
      const refused = await change(person.cookie, { currentPassword: password, newPassword: bad });
      expect(refused.status).toBe(422);
      expect((await refused.json()).error.fields).toHaveProperty('newPassword');
    },
  );

  it('is nothing that a token may change', async () => {
    const person = await web.signedIn('dba', { password });
    const { token } = await makeToken(person.cookie, { name: 't', role: 'dba', expiresInDays: null });
    const body = { currentPassword: password, newPassword };
    expect((await callRoute(postPassword, { method: 'POST', token, body })).status).toBe(403);
  });
});

describe('own sessions', () => {
  it('are listed and ended, one or all others; nobody else’s are', async () => {
    const person = await web.signedIn('viewer');
    const second = await insertSession(web.db, person.userId, 'second');
    await insertSession(web.db, person.userId, 'third');
    const stranger = await web.signedIn('viewer');
    const account = accountSchema.parse(
      await (await callRoute(getAccount, { cookie: person.cookie })).json(),
    );
    expect(account.sessions).toHaveLength(3);
    expect(account.sessions.find((session) => session.current)?.id).toBe(person.sessionId);
    const end = (id: string) =>
      callRoute(deleteSession, { method: 'DELETE', cookie: person.cookie, params: { id } });
    expect((await end(stranger.sessionId)).status).toBe(404);
    expect((await callRoute(getAccount, { cookie: stranger.cookie })).status).toBe(200);
    expect(await (await end(second)).json()).toEqual({ endedSessions: 1 });
    expect((await end(second)).status).toBe(404);
    const others = await callRoute(deleteOthers, { method: 'DELETE', cookie: person.cookie });
    expect(await others.json()).toEqual({ endedSessions: 1 });
    expect((await callRoute(getAccount, { cookie: person.cookie })).status).toBe(200);
  });
});

describe('tokens', () => {
  it('are shown once, work, and end', async () => {
    const person = await web.signedIn('operator');
    const { id, token } = await makeToken(person.cookie, {
      name: 'nightly',
      role: 'operator',
      expiresInDays: 30,
    });
    const seen = await (await callRoute(getTokens, { token })).text();
    expect(seen).not.toContain(token);
    expect(tokensSchema.parse(JSON.parse(seen)).tokens).toMatchObject([
      { id, name: 'nightly', state: 'valid' },
    ]);
    const revoked = await callRoute(deleteToken, { method: 'DELETE', cookie: person.cookie, params: { id } });
    expect(await revoked.json()).toEqual({ revoked: true });
    expect((await callRoute(getTokens, { token })).status).toBe(401);
  });

  it('have no more than their maker, and make none themselves', async () => {
    const person = await web.signedIn('operator');
    const above = await callRoute(postToken, {
      method: 'POST',
      cookie: person.cookie,
      body: { name: 't', role: 'dba', expiresInDays: null },
    });
    expect(above.status).toBe(403);
    const { token } = await makeToken(person.cookie, { name: 't', role: 'viewer', expiresInDays: null });
    const body = { name: 'child', role: 'viewer', expiresInDays: null };
    expect((await callRoute(postToken, { method: 'POST', token, body })).status).toBe(403);
  });

  it('are seen and revoked by their owner and by a dba only', async () => {
    const owner = await web.signedIn('viewer');
    const stranger = await web.signedIn('operator');
    const dba = await web.signedIn('dba');
    const { id } = await makeToken(owner.cookie, { name: 'mine', role: 'viewer', expiresInDays: null });
    const idsOf = async (cookie: string) =>
      tokensSchema
        .parse(await (await callRoute(getTokens, { cookie })).json())
        .tokens.map((token) => token.id);
    expect(await idsOf(stranger.cookie)).not.toContain(id);
    expect(await idsOf(dba.cookie)).toContain(id);
    const revoke = (cookie: string) => callRoute(deleteToken, { method: 'DELETE', cookie, params: { id } });
    expect((await revoke(stranger.cookie)).status).toBe(404);
    expect((await revoke(dba.cookie)).status).toBe(200);
  });
});

describe('reading the audit', () => {
  it('goes by pages and filters, and keeps people’s details for a dba', async () => {
    const dba = await web.signedIn('dba');
    const viewer = await web.signedIn('viewer');
    for (const name of ['one', 'two', 'three']) {
      await makeToken(dba.cookie, { name, role: 'viewer', expiresInDays: null });
    }
    const read = async (cookie: string, search: string) => {
      const response = await callRoute(getAudit, { cookie, path: `/?${search}` });
      return auditSchema.parse(await response.json());
    };
    const first = await read(dba.cookie, 'action=token&limit=2');
    expect(first.entries.map((entry) => entry.subjectName)).toEqual(['three', 'two']);
    const rest = await read(dba.cookie, `action=token.create&limit=2&before=${first.nextBefore}`);
    expect(rest.entries[0]?.subjectName).toBe('one');
    expect(first.entries[0]?.details).toMatchObject({ role: 'viewer' });
    expect((await read(viewer.cookie, 'action=token&limit=1')).entries[0]?.details).toBeNull();
    expect((await read(dba.cookie, 'actor=%25')).entries).toEqual([]);
    expect((await read(dba.cookie, 'to=2020-01-01T00:00:00Z')).entries).toEqual([]);
    expect((await callRoute(getAudit, { cookie: dba.cookie, path: '/?limit=99999' })).status).toBe(422);
    expect((await callRoute(getAudit, { cookie: dba.cookie, path: '/?sort=secret' })).status).toBe(422);
  });
});
