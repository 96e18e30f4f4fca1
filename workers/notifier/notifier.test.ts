import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { addChannel, changeChannel } from '@/lib/commands/channels';
import { retryDelivery, testChannel } from '@/lib/commands/deliveries';
import type { ChannelRules, EmailSettings } from '@/lib/contract/channels';
import { alerts } from '@/lib/queries/alerts';
import { channel as readChannel } from '@/lib/queries/channels';
import { meta as baseMeta, type TestConsole, testConsole } from '@/lib/testing/console';
import { quietLog } from '@/lib/testing/engine-world';
import { mailLogin, startMailServer, type TestMailServer } from '@/lib/testing/mail-server';
import { until } from '@/lib/testing/until';
import { startWord, type WordOptions } from '@/workers/notifier/index';

interface Posted {
  headers: IncomingHttpHeaders;
  body: string;
}

const hostile = '<b>"shop"</b>\r\nBcc: eve@example.org';
const meta = { ...baseMeta, consoleUrl: 'https://console.example' };
const rules: ChannelRules = {
  subjects: ['backup', 'drill', 'recovery', 'finding', 'approval', 'break-glass'],
  level: 'warn',
  clusterIds: [],
  resolved: true,
  quiet: null,
  perHour: 60,
};
const known: WordOptions['known'] = {
  checks: { flagged: { title: 'WAL archive', alerts: 'recovery' }, plain: { title: 'Sessions' } },
  jobs: {
    save: { title: 'Back up', permission: 'backup', risk: 'low' },
    prove: { title: 'Drill', permission: 'drill', risk: 'low' },
  },
};

let console: TestConsole;
let mail: TestMailServer;
let receiver: Server;
let hook: string;
let posted: Posted[] = [];
let answers: number[] = [];
let clusterId: string;
let instanceId: string;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  [console, mail] = await Promise.all([testConsole(), startMailServer()]);
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      posted.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, { location: 'http://127.0.0.1:1/' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  hook = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await Promise.all([mail.stop(), new Promise((resolve) => receiver.close(resolve))]);
  await console.close();
});
beforeEach(async () => {
  posted = [];
  answers = [];
  mail.mails.length = 0;
  mail.answer(250);
  const db = console.ownerDb;
  await db.updateTable('channels').set({ removed_at: new Date() }).execute();
  await db.updateTable('clusters').set({ removed_at: new Date() }).execute();
  [clusterId, instanceId] = [newId(), newId()];
  await db.insertInto('clusters').values({ id: clusterId, name: hostile }).execute();
  const server = { host: 'db', port: 5432, tls_mode: 'disable' as const, state: 'active' as const };
  await db
    .insertInto('instances')
    .values({ id: instanceId, cluster_id: clusterId, name: 'one', ...server })
    .execute();
});
afterEach(async () => {
  for (const word of running.splice(0)) await word.stop();
});

function start(change: Partial<WordOptions> = {}) {
  const word = startWord({
    db: console.workerDb,
    keyPair: console.keyPair,
    log: quietLog,
    known,
    trustedWebhooks: [hook],
    everySeconds: 0.05,
    groupSeconds: 0,
    deadlineMs: 10_000,
    backOffSeconds: 0.05,
    mailCa: mail.ca,
    ...change,
  });
  running.push(word);
  return word;
}

const email = (change: Partial<EmailSettings> = {}, withRules: Partial<ChannelRules> = {}) =>
  addChannel(
    console.webDb,
    console.actor,
    {
      type: 'email',
      name: `mail ${newId()}`,
      rules: { ...rules, ...withRules },
      password: mailLogin.password,
      settings: {
        host: 'localhost',
        port: mail.port,
        tls: 'starttls',
        username: mailLogin.user,
        from: 'plumbline@example.org',
        to: ['oncall@example.org'],
        ...change,
      },
    },
    meta,
  );
const webhook = (url = `http://${hook}/in`, withRules: Partial<ChannelRules> = {}) =>
  addChannel(
    console.webDb,
    console.actor,
    { type: 'webhook', name: `hook ${newId()}`, rules: { ...rules, ...withRules }, settings: { url } },
    meta,
  );

/** A run of a kind as a worker would have left it. */
async function ran(kind: string, state: 'succeeded' | 'failed', database: string, scheduleId?: string) {
  const id = newId();
  const place = { id, kind, cluster_id: clusterId };
  const db = console.ownerDb;
  const input = JSON.stringify({ database });
  await db
    .insertInto('plan_requests')
    .values({ ...place, input, requested_by_name: 'test' })
    .execute();
  await db
    .insertInto('plans')
    .values({ ...place, definition_version: 1, state: 'ready', hash: 'h' })
    .execute();
  const error =
    state === 'failed' ? JSON.stringify({ code: 'internal', message: `No space for ${hostile}.` }) : null;
  const row = {
    ...place,
    plan_id: id,
    plan_hash: 'h',
    definition_version: 1,
    state,
    idempotency_key: id,
    error,
  };
  await db
    .insertInto('runs')
    .values({ ...row, requested_by_name: 'test', finished_at: new Date(), schedule_id: scheduleId ?? null })
    .execute();
  return id;
}

const deliveries = async (channelId: string) => (await readChannel(console.webDb, channelId)).deliveries;
const lines = (at: number) => JSON.parse(posted[at]?.body ?? '{}').alerts as Record<string, string>[];

test('a console that was not dumped for a day is told of, and its next good dump is the end of it', async () => {
  const db = console.ownerDb;
  const dump = (state: 'ready' | 'failed', hoursAgo: number, problem: string | null = null) => {
    const at = new Date(Date.now() - hoursAgo * 3_600_000);
    const place = { id: newId(), path: `/dumps/${newId()}`, key_ids: [], made_on: 'here' };
    const row = { ...place, state, problem, started_at: at, finished_at: at };
    return db.insertInto('console_dumps').values(row).execute();
  };
  // Nobody is told of one that is younger than a night.
  await db.updateTable('worker_keys').set({ created_at: new Date() }).execute();
  await webhook();
  const word = start();
  await word.look();
  expect((await alerts(console.webDb, { open: true, limit: 10 })).items).toEqual([]);

  await dump('ready', 20);
  await dump('failed', 1, 'No space for it.');
  await until(() => posted.length === 1, 'the failed try is told');
  expect(lines(0)).toMatchObject([
    {
      phase: 'opened',
      level: 'warn',
      cluster: null,
      title: 'The console itself is not saved as it should be',
    },
  ]);
  const yesterday = new Date(Date.now() - 27 * 3_600_000);
  const good = db.updateTable('console_dumps').where('state', '=', 'ready');
  await good.set({ finished_at: yesterday }).execute();
  await until(() => posted.length === 2, 'it is critical by now');
  expect(lines(1)).toMatchObject([
    {
      phase: 'raised',
      level: 'crit',
      sentence: expect.stringMatching(/^It is 1 d 3 h old.*The newest try failed: No space for it/),
      url: 'https://console.example/workers#console-dumps',
    },
  ]);
  await dump('ready', 0);
  await until(() => posted.length === 3, 'it is over');
  expect(lines(2)).toMatchObject([{ phase: 'resolved' }]);
  expect((await alerts(console.webDb, { open: true, limit: 10 })).items).toEqual([]);
  await db.deleteFrom('console_dumps').execute();
});

test('one trouble is one message by mail and by signed webhook, and a second one says that it is over', async () => {
  const [{ id }, { secret }] = [await email(), await webhook()];
  await ran('save', 'failed', 'shop');
  await ran('save', 'failed', 'billing');
  await ran('prove', 'succeeded', 'shop');
  const word = start();
  await until(() => posted.length === 1 && mail.mails.length === 1, 'both channels are told');
  expect(
    lines(0)
      .map(({ title, phase }) => `${phase} ${title}`)
      .sort(),
  ).toEqual(['opened “Back up” of billing failed', 'opened “Back up” of shop failed']);
  const { headers, body } = posted[0] as Posted;
  const [time, mac] = String(headers['x-plumbline-signature']).split(',v1=');
  const expected = createHmac('sha256', secret ?? '').update(`${time?.slice(2)}.${body}`);
  expect(mac).toBe(expected.digest('hex'));
  expect(headers['idempotency-key']).toBe(JSON.parse(body).id);
  const [letter] = mail.mails;
  expect(letter).toMatchObject({
    isEncrypted: true,
    from: 'plumbline@example.org',
    to: ['oncall@example.org'],
  });
  // The cluster's name brought a line of its own: it is no header, and no markup.
  const head = letter?.raw.split('\r\n\r\n')[0] ?? '';
  expect(head).not.toMatch(/^bcc:/im);
  expect(letter?.raw.split('text/html')[1]).toMatch(/^(?!.*<b>).*&lt;b&gt;/s);
  await word.look();
  await ran('save', 'succeeded', 'shop');
  await until(() => posted.length === 2, 'it is over');
  expect(lines(1)).toMatchObject([{ phase: 'resolved', title: '“Back up” of shop failed' }]);
  const sent = async () => (await deliveries(id)).filter(({ state }) => state === 'sent');
  await until(async () => (await sent()).length === 2, 'both are written down as sent');
  expect(await sent()).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  expect((await alerts(console.webDb, { open: true, limit: 10 })).items).toHaveLength(1);
});

test('findings: critical ones and those of checks that say so; a muted one alarms nobody, broken glass everybody', async () => {
  await webhook(undefined, { subjects: ['recovery'] });
  const db = console.ownerDb;
  const found = (check: string, level: 'warn' | 'crit', key: string) =>
    db
      .insertInto('findings')
      .values({
        ...{ id: newId(), check_id: check, cluster_id: clusterId, instance_id: instanceId, key, object: key },
        ...{ judged: 'x', level, sentence: `${key} is bad.`, opened_at: new Date(), changed_at: new Date() },
        last_seen_at: new Date(),
      })
      .execute();
  await found('flagged', 'warn', 'hole');
  await found('flagged', 'warn', 'muted');
  await found('plain', 'crit', 'elsewhere');
  await db
    .insertInto('finding_mutes')
    .values({
      ...{ id: newId(), check_id: 'flagged', cluster_id: clusterId, key: 'muted', object: 'muted' },
      ...{ reason: 'known', muted_by_name: 'test', until: new Date(Date.now() + 60_000) },
    })
    .execute();
  const runId = await ran('save', 'succeeded', 'shop');
  const word = start();
  await until(() => posted.length === 1, 'the hole is told');
  expect(lines(0)).toMatchObject([{ subject: 'recovery', title: 'WAL archive: hole' }]);
  const open = await alerts(console.webDb, { open: true, limit: 10 });
  expect(open.items.map(({ title }) => title).sort()).toEqual(['Sessions: elsewhere', 'WAL archive: hole']);
  // Broken glass, on a channel that did not ask for it.
  await db
    .insertInto('plan_approvals')
    .values({
      ...{ id: newId(), plan_id: runId, plan_hash: 'h', kind: 'break-glass', by_name: 'Ada', run_id: runId },
      ...{ reason: 'nobody answers', expires_at: new Date() },
    })
    .execute();
  await word.look();
  await until(() => posted.length === 2, 'the broken glass is told');
  expect(lines(1)).toMatchObject([{ subject: 'break-glass', title: 'Ada broke the glass: “Back up”' }]);
  // A warning that becomes critical is said once more.
  await db.updateTable('findings').set({ level: 'crit' }).where('key', '=', 'hole').execute();
  await until(() => posted.length === 3, 'it is worse');
  expect(lines(2)).toMatchObject([{ phase: 'raised', level: 'crit', title: 'WAL archive: hole' }]);
});

test('a failed attempt is made again with the same id; a dead channel holds nobody up; 4xx is the last word', async () => {
  const dead = await webhook('http://127.0.0.1:9/');
  const { id } = await webhook();
  answers = [503, 500];
  await ran('save', 'failed', 'shop');
  start();
  await until(async () => (await deliveries(id))[0]?.state === 'sent', 'the third attempt');
  expect(new Set(posted.map(({ headers }) => headers['x-plumbline-delivery'])).size).toBe(1);
  expect(posted).toHaveLength(3);
  // Not trusted, and on this machine: nothing is connected to.
  await until(async () => (await deliveries(dead.id))[0]?.state === 'failed', 'given up');
  expect((await deliveries(dead.id))[0]?.lastError).toContain('the worker’s own machine');
  for (const [status, words] of [
    [410, 'answered 410'],
    [302, 'not followed'],
  ] as const) {
    answers = [status];
    const { id: testId } = await testChannel(console.webDb, console.actor, id, meta);
    const one = async () => (await deliveries(id)).find((delivery) => delivery.id === testId);
    await until(async () => (await one())?.state === 'failed', `${status} is final`);
    expect(await one()).toMatchObject({ attempts: 1, lastError: expect.stringContaining(words) });
    await retryDelivery(console.webDb, console.actor, testId, meta);
    await until(async () => (await one())?.state === 'sent', 'sent again by hand');
  }
});

test('a worker that is lost after it sent: the next one sends the same id, and of several only one does', async () => {
  const { id } = await webhook();
  await ran('save', 'failed', 'shop');
  const lost = start({
    failpoint: () => {
      throw new Error('killed');
    },
  });
  await until(() => posted.length === 1, 'it was sent');
  await lost.stop();
  expect((await deliveries(id))[0]).toMatchObject({ state: 'sending', attempts: 1 });
  await console.ownerDb
    .updateTable('deliveries')
    .set({ lease_until: new Date(0) })
    .where('channel_id', '=', id)
    .execute();
  const others = [start(), start(), start()];
  await until(async () => (await deliveries(id))[0]?.state === 'sent', 'sent again');
  await Promise.all(others.map((word) => word.look()));
  expect(posted).toHaveLength(2);
  expect(posted[1]?.headers['idempotency-key']).toBe(posted[0]?.headers['idempotency-key']);
});

test('mail goes over verified TLS only; a refusal is final, a full box is tried again; no error says the password', async () => {
  const bare = await startMailServer({ withoutTls: true });
  const [plain, stranger, wrong] = [
    await email({ port: bare.port }),
    await email({ host: '127.0.0.1' }),
    await email(),
  ];
  const change = { password: 'wrong password' };
  await changeChannel(console.webDb, console.actor, wrong.id, change, meta);
  await expect(
    changeChannel(
      console.webDb,
      console.actor,
      wrong.id,
      {
        settings: { ...(await readChannel(console.webDb, wrong.id)).settings, host: 'evil' } as EmailSettings,
      },
      meta,
    ),
  ).rejects.toMatchObject({ fields: { password: expect.any(String) } });
  for (const { id } of [plain, stranger, wrong]) await testChannel(console.webDb, console.actor, id, meta);
  start({ attemptsAtMost: 2 });
  for (const { id } of [plain, stranger, wrong])
    await until(async () => (await deliveries(id))[0]?.state === 'failed', 'given up');
  const errorOf = async ({ id }: { id: string }) => (await deliveries(id))[0]?.lastError ?? '';
  expect(await errorOf(plain)).toMatch(/STARTTLS/i);
  expect(await errorOf(stranger)).toMatch(/altname|IP/i);
  expect(await errorOf(wrong)).toContain('Invalid');
  expect(await errorOf(wrong)).not.toContain('wrong password');
  expect([...mail.mails, ...bare.mails]).toEqual([]);
  await bare.stop();
  mail.answer(452);
  const good = await email();
  await testChannel(console.webDb, console.actor, good.id, meta);
  await until(async () => (await deliveries(good.id))[0]?.state === 'failed', 'tried again, to the last');
  expect((await deliveries(good.id))[0]).toMatchObject({
    attempts: 2,
    lastError: expect.stringContaining('452'),
  });
  mail.answer(250);
  await retryDelivery(console.webDb, console.actor, (await deliveries(good.id))[0]?.id ?? '', meta);
  await until(() => mail.mails.length === 1, 'sent');
});

test('what comes when the hour is full, or at night, gathers into one message', async () => {
  const { id } = await webhook(undefined, { perHour: 1 });
  const all = { from: '00:00', to: '23:59', zone: 'UTC', exceptCrit: false };
  const night = await webhook(undefined, { quiet: all });
  await ran('save', 'failed', 'one');
  const word = start();
  await until(() => posted.length >= 1, 'the first');
  await ran('save', 'failed', 'two');
  await ran('prove', 'failed', 'three');
  const open = async () => (await alerts(console.webDb, { open: true, limit: 50 })).items;
  const isOpen = (title: string) => async () => (await open()).some((alert) => alert.title === title);
  await until(isOpen('“Drill” of three failed'), 'both are known');
  await word.look();
  const isMinuteBeforeMidnight = new Date().toISOString().slice(11, 16) === '23:59';
  expect(posted).toHaveLength(isMinuteBeforeMidnight ? 2 : 1);
  await changeChannel(console.webDb, console.actor, id, { rules: { ...rules, perHour: 60 } }, meta);
  await changeChannel(console.webDb, console.actor, night.id, { rules }, meta);
  await until(() => posted.length === 3, 'the rest');
  expect([lines(1).length, lines(2).length].sort()).toEqual([2, 3]);
});

test('a schedule that brought nothing is missed until something makes up for it', async () => {
  await webhook();
  const scheduleId = newId();
  const db = console.ownerDb;
  await db
    .insertInto('schedules')
    .values({
      ...{ id: scheduleId, cluster_id: clusterId, kind: 'save', definition_version: 1, cron: '0 2 * * *' },
      ...{ input: JSON.stringify({ database: 'shop' }), zone: 'UTC', created_by_name: 'test' },
      next_fire_at: new Date(Date.now() - 3600_000),
    })
    .execute();
  start();
  await until(() => posted.length === 1, 'nobody fired it');
  expect(lines(0)).toMatchObject([{ subject: 'backup', title: '“Back up” of shop was missed' }]);
  expect(lines(0)[0]?.sentence).toContain('no worker was there');
  // Fired at last, and blocked: the same trouble, not another message.
  await db
    .insertInto('schedule_firings')
    .values({ schedule_id: scheduleId, fire_time: new Date(), outcome: 'blocked', reason: 'No space left.' })
    .execute();
  await db
    .updateTable('schedules')
    .set({ next_fire_at: new Date(Date.now() + 3600_000) })
    .where('id', '=', scheduleId)
    .execute();
  const isSaid = async () => {
    const { items } = await alerts(console.webDb, { open: true, limit: 10 });
    return items.some(({ sentence }) => sentence.includes('No space left'));
  };
  await until(isSaid, 'why is said');
  await ran('save', 'succeeded', 'shop');
  await until(() => posted.length === 2, 'made up for');
  expect(lines(1)).toMatchObject([{ phase: 'resolved' }]);
});
