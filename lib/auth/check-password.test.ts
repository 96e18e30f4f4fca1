import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attemptLimits,
  checkPassword,
  type PasswordAttempt,
  TooManyAttempts,
} from '@/lib/auth/check-password';
import { newDeviceCookie } from '@/lib/auth/device';
import { hashPassword, verifyPassword } from '@/lib/auth/passwords';
import { signIn } from '@/lib/auth/sign-in';
import { updateUser } from '@/lib/store/users';
import { type TestWeb, testSecret, testWeb } from '@/lib/testing/web';

let web: TestWeb;
const password = 'correct horse battery staple';
let lastAddress = 0;

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

function freshAddress(): string {
  lastAddress += 1;
  return `192.0.2.${lastAddress}`;
}

function attempt(email: string, address: string, more: Partial<PasswordAttempt> = {}) {
  return checkPassword(web.db, { email, password: 'wrong password', address, secret: testSecret, ...more });
}

async function fail(times: number, email: string, address: string, more: Partial<PasswordAttempt> = {}) {
  for (let time = 0; time < times; time += 1) expect(await attempt(email, address, more)).toBeNull();
}

describe('checkPassword', () => {
  it('knows the right password, whatever the case of the address', async () => {
    const { email, userId } = await web.signedIn('viewer', { password });
    const person = await attempt(`  ${email.toUpperCase()} `, freshAddress(), { password });
    expect(person?.id).toBe(userId);
    expect(person).not.toHaveProperty('passwordHash');
  });

  it('stores argon2id', async () => {
    expect(await hashPassword(password)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('answers alike for an unknown account, a disabled one and a wrong password', async () => {
    const { email, userId } = await web.signedIn('viewer', { password });
    await updateUser(web.db, userId, { disabled: true });
    expect(await attempt(email, freshAddress(), { password })).toBeNull();
    expect(await attempt('nobody@example.org', freshAddress(), { password })).toBeNull();
  });

  it('works as much for an unknown account as for a wrong password', async () => {
    const hash = await hashPassword(password);
    // Processor time of this process, so that a busy machine does not blur it; the least of several rounds.
    const workOf = async (of: string | null) => {
      const start = process.cpuUsage();
      await verifyPassword(of, 'wrong password');
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    await workOf(null);
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      known.push(await workOf(hash));
      unknown.push(await workOf(null));
    }
    const ratio = Math.min(...unknown) / Math.min(...known);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('makes one address wait after five wrong passwords for an account, and no other address', async () => {
    const { email } = await web.signedIn('viewer', { password });
    const attacker = freshAddress();
    await fail(attemptLimits.account.failures, email, attacker);
    const refused = await attempt(email, attacker, { password }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TooManyAttempts);
    expect((refused as TooManyAttempts).retryAfterSeconds).toBeGreaterThan(800);
    expect((refused as TooManyAttempts).status).toBe(429);
    expect(await attempt(email, freshAddress(), { password })).not.toBeNull();
  });

  it('waits in the same way for an account that does not exist', async () => {
    const address = freshAddress();
    await fail(attemptLimits.account.failures, 'ghost@example.org', address);
    await expect(attempt('ghost@example.org', address)).rejects.toBeInstanceOf(TooManyAttempts);
  });

  it('does not prolong the wait by attempts that were refused', async () => {
    const { email } = await web.signedIn('viewer', { password });
    const address = freshAddress();
    await fail(attemptLimits.account.failures, email, address);
    const count = () => web.db.selectFrom('sign_in_attempts').select('id').execute();
    const before = (await count()).length;
    for (let time = 0; time < 3; time += 1) {
      await expect(attempt(email, address)).rejects.toBeInstanceOf(TooManyAttempts);
    }
    expect((await count()).length).toBe(before);
  });

  it('lets a known browser in while somebody floods from the very same address', async () => {
    const { email, userId } = await web.signedIn('viewer', { password });
    const shared = freshAddress();
    await fail(attemptLimits.account.failures, email, shared);
    await expect(attempt(email, shared, { password })).rejects.toBeInstanceOf(TooManyAttempts);
    const deviceCookie = newDeviceCookie(userId, testSecret);
    expect(await attempt(email, shared, { password, deviceCookie })).not.toBeNull();
    // The cookie of another person, or a forged one, opens no second door.
    const { userId: other } = await web.signedIn('viewer');
    for (const forged of [
      newDeviceCookie(other, testSecret),
      newDeviceCookie(userId, 'x'.repeat(40)),
      'a.b',
      '.',
    ]) {
      await expect(attempt(email, shared, { password, deviceCookie: forged })).rejects.toBeInstanceOf(
        TooManyAttempts,
      );
    }
  });

  it('limits guesses from a stolen device cookie too', async () => {
    const { email, userId } = await web.signedIn('viewer', { password });
    const deviceCookie = newDeviceCookie(userId, testSecret);
    await fail(attemptLimits.account.failures, email, freshAddress(), { deviceCookie });
    await expect(attempt(email, freshAddress(), { deviceCookie })).rejects.toBeInstanceOf(TooManyAttempts);
  });

  it('makes an address wait that tries many accounts', async () => {
    const address = freshAddress();
    for (let account = 0; account < attemptLimits.address.failures; account += 1) {
      await fail(1, `guess${account}@example.org`, address);
    }
    await expect(attempt('one-more@example.org', address)).rejects.toBeInstanceOf(TooManyAttempts);
  });

  it('forgives after a success', async () => {
    const { email } = await web.signedIn('viewer', { password });
    const address = freshAddress();
    await fail(attemptLimits.account.failures - 1, email, address);
    expect(await attempt(email, address, { password })).not.toBeNull();
    await fail(attemptLimits.account.failures - 1, email, address);
    expect(await attempt(email, address, { password })).not.toBeNull();
  });

  it('lets five of fifty through when they come at once', async () => {
    const { email } = await web.signedIn('viewer', { password });
    const address = freshAddress();
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => attempt(email, address)));
    const looked = answers.filter((answer) => answer.status === 'fulfilled');
    expect(looked.length).toBeLessThanOrEqual(attemptLimits.account.failures);
  });

  it('keeps neither e-mail address nor network address of an attempt in the clear', async () => {
    const address = freshAddress();
    await fail(1, 'MySecretPassword', address);
    const rows = await web.db.selectFrom('sign_in_attempts').selectAll().execute();
    expect(JSON.stringify(rows)).not.toMatch(/mysecretpassword|192\.0\.2/i);
  });
});

describe('signIn', () => {
  it('starts a session that the audit names', async () => {
    const { email, userId } = await web.signedIn('viewer', { password });
    const signedIn = await signIn(web.db, {
      email,
      password,
      address: freshAddress(),
      secret: testSecret,
      userAgent: 'a browser',
    });
    expect(signedIn?.userId).toBe(userId);
    const entry = await web.db
      .selectFrom('audit_log')
      .selectAll()
      .where('subject_id', '=', signedIn?.sessionId ?? '')
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ action: 'session.sign-in', actor_id: userId });
  });
});
