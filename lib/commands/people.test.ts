import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as getAccount } from '@/app/api/v1/account/route';
import { POST as postPassword } from '@/app/api/v1/people/[id]/password/route';
import { PATCH as patchPerson } from '@/app/api/v1/people/[id]/route';
import { GET as getPeople, POST as postPerson } from '@/app/api/v1/people/route';
import type { Actor } from '@/lib/auth/actor';
import { checkPassword } from '@/lib/auth/check-password';
import { hashPassword } from '@/lib/auth/passwords';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { ensureFirstAdministrator } from '@/lib/commands/first-administrator';
import { ensureLocalToken } from '@/lib/commands/local-token';
import { changePerson } from '@/lib/commands/people';
import { oneTimePasswordSchema, peopleSchema } from '@/lib/contract/people';
import { openStore } from '@/lib/store/db';
import { insertToken } from '@/lib/store/tokens';
import { updateUser } from '@/lib/store/users';
import { callRoute, type TestWeb, testSecret, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let dba: Awaited<ReturnType<TestWeb['signedIn']>>;
let addresses = 0;

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

function signInWith(email: string, password: string) {
  addresses += 1;
  return checkPassword(web.db, { email, password, address: `198.51.100.${addresses}`, secret: testSecret });
}

async function auditOf(subjectId: string) {
  return web.db
    .selectFrom('audit_log')
    .selectAll()
    .where('subject_id', '=', subjectId)
    .orderBy('id')
    .execute();
}

async function addPerson(name: string, role: string) {
  const email = `${name.toLowerCase()}@example.org`;
  const response = await callRoute(postPerson, {
    method: 'POST',
    cookie: dba.cookie,
    body: { email, name, role },
  });
  expect(response.status).toBe(201);
  return oneTimePasswordSchema.parse(await response.json());
}

describe('the first start', () => {
  it('makes one administrator and a token, and never a second one', async () => {
    const first = await ensureFirstAdministrator(web.db);
    expect(first?.password).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
    const person = await signInWith(first?.email ?? '', first?.password ?? '');
    expect(person).toMatchObject({ role: 'dba', mustChangePassword: true });
    const [entry] = await auditOf(person?.id ?? '');
    expect(entry).toMatchObject({ actor_kind: 'start', action: 'person.add' });

    const earlier = await ensureLocalToken(web.db);
    expect((await callRoute(getAccount, { token: earlier })).status).toBe(200);
    const token = await ensureLocalToken(web.db);
    expect((await callRoute(getAccount, { token: earlier })).status).toBe(401);
    expect(await (await callRoute(getAccount, { token })).json()).toMatchObject({
      kind: 'token',
      role: 'dba',
    });
  });

  it('gives a new one-time password as long as nobody has got in', async () => {
    const other = await testWeb();
    const first = await ensureFirstAdministrator(other.db);
    // That start ended before it showed the password.
    const second = await ensureFirstAdministrator(other.db);
    expect(second?.email).toBe(first?.email);
    const signIn = (password = '') =>
      checkPassword(other.db, {
        email: first?.email ?? '',
        password,
        address: '198.51.100.200',
        secret: testSecret,
      });
    expect(await signIn(first?.password)).toBeNull();
    const person = await signIn(second?.password);
    expect(person).toMatchObject({ role: 'dba', mustChangePassword: true });
    const hash = await hashPassword('Seven green elephants');
    await updateUser(other.db, person?.id ?? '', { password: { hash, mustChange: false } });
    expect(await ensureFirstAdministrator(other.db)).toBeNull();
    expect(await signIn('Seven green elephants')).not.toBeNull();
    await other.close();
    await web.close();
    web = await testWeb();
  });

  it('makes one administrator when two start at once', async () => {
    const other = await testWeb();
    const made = await Promise.all([ensureFirstAdministrator(other.db), ensureFirstAdministrator(other.db)]);
    expect(made.filter((each) => each !== null)).toHaveLength(1);
    await other.close();
    await web.close();
    web = await testWeb();
  });
});

describe('people', () => {
  beforeAll(async () => {
    dba = await web.signedIn('dba');
  });

  it('are added with a one-time password that is audited without being told', async () => {
    const added = await addPerson('Ann', 'operator');
    expect(await signInWith('ANN@example.org', added.oneTimePassword)).toMatchObject({
      mustChangePassword: true,
    });
    const [entry] = await auditOf(added.id);
    expect(entry).toMatchObject({ action: 'person.add', actor_id: dba.userId, subject_name: 'Ann' });
    expect(JSON.stringify(await web.db.selectFrom('audit_log').selectAll().execute())).not.toContain(
      added.oneTimePassword,
    );
    const list = peopleSchema.parse(await (await callRoute(getPeople, { cookie: dba.cookie })).json());
    expect(list.people.find((person) => person.id === added.id)?.role).toBe('operator');
    expect(JSON.stringify(list)).not.toContain('argon2');
  });

  it('have addresses of their own, whatever the case', async () => {
    await addPerson('Bob', 'viewer');
    const body = { email: 'BOB@example.org', name: 'Bobby', role: 'viewer' };
    const taken = await callRoute(postPerson, { method: 'POST', cookie: dba.cookie, body });
    expect(taken.status).toBe(409);
  });

  it.each([
    { email: 'ann@exаmple.org', name: 'Homoglyph', role: 'viewer' },
    { email: '"a b"@example.org', name: 'Quoted', role: 'viewer' },
    { email: 'new@example.org', name: 'New\nline', role: 'viewer' },
    { email: 'new@example.org', name: 'New', role: 'owner' },
    { email: 'new@example.org', name: 'New', role: 'viewer', mustChangePassword: false },
    { email: 'new@example.org', name: ' ', role: 'viewer' },
  ])('are refused as %j', async (body) => {
    expect((await callRoute(postPerson, { method: 'POST', cookie: dba.cookie, body })).status).toBe(422);
  });

  it('lose sessions and tokens when disabled, and get none of them back', async () => {
    const person = await web.signedIn('operator', { password: 'a long enough password' });
    const token = newTokenText();
    await insertToken(web.db, {
      ownerId: person.userId,
      name: 't',
      hash: tokenHash(token),
      role: 'viewer',
      expiresAt: null,
    });
    const patch = (change: object) =>
      callRoute(patchPerson, {
        method: 'PATCH',
        cookie: dba.cookie,
        params: { id: person.userId },
        body: change,
      });
    expect((await patch({ disabled: true })).status).toBe(200);
    expect(await signInWith(person.email, 'a long enough password')).toBeNull();
    expect((await patch({ disabled: false })).status).toBe(200);
    expect((await callRoute(getAccount, { cookie: person.cookie })).status).toBe(401);
    expect((await callRoute(getAccount, { token })).status).toBe(401);
    expect(await signInWith(person.email, 'a long enough password')).not.toBeNull();
    expect((await auditOf(person.userId)).map((entry) => entry.action)).toEqual([
      'person.disable',
      'person.enable',
    ]);
  });

  it('get a new one-time password that ends their sessions', async () => {
    const person = await web.signedIn('viewer', { password: 'a long enough password' });
    const response = await callRoute(postPassword, {
      method: 'POST',
      cookie: dba.cookie,
      params: { id: person.userId },
    });
    const { oneTimePassword } = oneTimePasswordSchema.parse(await response.json());
    expect((await callRoute(getAccount, { cookie: person.cookie })).status).toBe(401);
    expect(await signInWith(person.email, 'a long enough password')).toBeNull();
    expect(await signInWith(person.email, oneTimePassword)).toMatchObject({ mustChangePassword: true });
  });

  it('cannot be managed by anybody but a dba, nor can a dba change their own role', async () => {
    const operator = await web.signedIn('operator');
    for (const id of [operator.userId, dba.userId]) {
      const call = { method: 'PATCH', cookie: operator.cookie, params: { id }, body: { role: 'dba' } };
      expect((await callRoute(patchPerson, call)).status).toBe(403);
    }
    const own = { method: 'PATCH', cookie: dba.cookie, params: { id: dba.userId }, body: { disabled: true } };
    expect((await callRoute(patchPerson, own)).status).toBe(409);
  });

  it('always keep a dba, also when two demote each other at the same moment', async () => {
    const everybody = peopleSchema.parse(await (await callRoute(getPeople, { cookie: dba.cookie })).json());
    for (const person of everybody.people.filter((each) => each.role === 'dba' && each.id !== dba.userId)) {
      await updateUser(web.db, person.id, { disabled: true });
    }
    const second = await web.signedIn('dba');
    const actor = (id: string): Actor => ({
      kind: 'user',
      id,
      name: 'dba',
      role: 'dba',
      mustChangePassword: false,
    });
    const demote = (by: string, id: string) =>
      changePerson(web.db, actor(by), { id, change: { role: 'viewer' } }, { requestId: 'test' });
    const answers = await Promise.allSettled([
      demote(dba.userId, second.userId),
      demote(second.userId, dba.userId),
    ]);
    expect(answers.filter((answer) => answer.status === 'rejected')).toHaveLength(1);
    const left = await web.db
      .selectFrom('users')
      .select('id')
      .where('role', '=', 'dba')
      .where('disabled_at', 'is', null)
      .execute();
    expect(left).toHaveLength(1);
  });
});

describe('the audit', () => {
  it('can be neither changed nor emptied by the processes', async () => {
    await expect(web.db.deleteFrom('audit_log').execute()).rejects.toThrow(/permission denied/);
    await expect(web.db.updateTable('audit_log').set({ actor_name: 'nobody' }).execute()).rejects.toThrow(
      /permission denied/,
    );
  });

  it('takes the act with it when it cannot be written', async () => {
    const owner = openStore(web.console.ownerUrl, {
      applicationName: 'test',
    });
    await sql`revoke insert on audit_log from plumbline_web`.execute(owner.db);
    const newcomer = await web.signedIn('dba');
    const body = { email: 'unaudited@example.org', name: 'Unaudited', role: 'viewer' };
    const response = await callRoute(postPerson, { method: 'POST', cookie: newcomer.cookie, body });
    expect(response.status).toBe(500);
    await sql`grant insert on audit_log to plumbline_web`.execute(owner.db);
    await owner.close();
    const found = await web.db.selectFrom('users').select('id').where('email', '=', body.email).execute();
    expect(found).toEqual([]);
  });
});
