import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { addChannel, changeChannel, removeChannel } from '@/lib/commands/channels';
import { newChannelSchema } from '@/lib/contract/channels';
import { channel, channels } from '@/lib/queries/channels';
import { meta as baseMeta, type TestConsole, testConsole } from '@/lib/testing/console';

const meta = { ...baseMeta, consoleUrl: 'https://console.example' };
const password = 'very secret word';
const rules = {
  subjects: ['backup'],
  level: 'warn',
  clusterIds: [],
  resolved: true,
  quiet: null,
  perHour: 6,
} as const;
const settings = {
  host: 'mail.example.org',
  port: 587,
  tls: 'starttls',
  username: 'plumbline',
  from: 'plumbline@example.org',
  to: ['oncall@example.org'],
} as const;
const wanted = { type: 'email', name: 'On call', rules, settings, password };
const hook = { type: 'webhook', name: 'Pager', rules, settings: { url: 'https://hooks.example.org/in' } };

let console: TestConsole;
beforeAll(async () => {
  console = await testConsole();
});
afterAll(async () => console.close());

const add = (input: object, actor = console.actor) =>
  addChannel(console.webDb, actor, newChannelSchema.parse(input), meta);
const secretsOf = (subjectId: string) =>
  console.ownerDb.selectFrom('sealed_secrets').selectAll().where('subject_id', '=', subjectId).execute();

test('what is typed cannot become a header, a second address or a readable secret', () => {
  const refused = (change: object) =>
    expect(newChannelSchema.safeParse({ ...wanted, settings: { ...settings, ...change } }).success).toBe(
      false,
    );
  refused({ from: 'a@example.org\r\nBcc: eve@example.org' });
  refused({ to: ['a@example.org, eve@example.org'] });
  refused({ host: 'mail.example.org\r\n' + 'QUIT' });
  refused({ port: 0 });
  for (const url of ['ftp://example.org', 'https://user:secret@example.org/', 'javascript:alert(1)']) {
    expect(newChannelSchema.safeParse({ ...hook, settings: { url } }).success).toBe(false);
  }
});

test('secrets are sealed for one destination, shown once or never, and in no audit entry', async () => {
  const operator: Actor = {
    kind: 'user',
    id: newId(),
    name: 'Olga',
    role: 'operator',
    mustChangePassword: false,
  };
  await expect(add(wanted, operator)).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(add({ ...wanted, password: undefined })).rejects.toMatchObject({
    fields: { password: expect.any(String) },
  });
  const mail = await add(wanted);
  expect(mail.secret).toBeNull();
  await expect(add({ ...wanted, name: 'ON CALL' })).rejects.toMatchObject({ code: 'conflict' });
  const pager = await add(hook);
  expect(pager.secret).toMatch(/^plw_.{40,}/);
  const text = JSON.stringify([await channels(console.webDb), await channel(console.webDb, pager.id)]);
  expect(text).not.toContain(password);
  expect(text).not.toContain(pager.secret);
  const audit = await console.ownerDb.selectFrom('audit_log').selectAll().execute();
  expect(JSON.stringify(audit)).toContain('channel.add');
  expect(JSON.stringify(audit)).not.toMatch(new RegExp(`${password}|${pager.secret}`));
  // Somewhere else the password would be sent to somebody else.
  const change = (input: object) => changeChannel(console.webDb, console.actor, mail.id, input, meta);
  await expect(change({ settings: { ...settings, host: 'evil.example.org' } })).rejects.toMatchObject({
    fields: { password: expect.any(String) },
  });
  await change({ settings: { ...settings, to: ['other@example.org'] } });
  expect(await secretsOf(mail.id)).toHaveLength(1);
  await change({ settings: { ...settings, host: 'other.example.org', username: '' } });
  expect(await secretsOf(mail.id)).toEqual([]);
  await expect(
    change({ rules: { ...rules, quiet: { from: '22:00', to: '07:00', zone: 'Nowhere', exceptCrit: true } } }),
  ).rejects.toMatchObject({ fields: { zone: expect.any(String) } });
  const moved = await changeChannel(
    console.webDb,
    console.actor,
    pager.id,
    { settings: { url: 'https://elsewhere.example.org' } },
    meta,
  );
  expect(moved.secret).not.toBe(pager.secret);
  expect(moved.secret).toMatch(/^plw_/);
});

test('a channel goes after its name was typed, and its secret with it', async () => {
  const { id } = await add({ ...hook, name: 'Short-lived' });
  const remove = (confirm: string) => removeChannel(console.webDb, console.actor, id, confirm, meta);
  await expect(remove('short-lived')).rejects.toMatchObject({ code: 'bad-input' });
  await remove('Short-lived');
  await expect(remove('Short-lived')).rejects.toMatchObject({ code: 'not-found' });
  expect(await secretsOf(id)).toEqual([]);
  expect((await channels(console.webDb)).items.map(({ name }) => name)).not.toContain('Short-lived');
});
