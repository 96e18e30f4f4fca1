import { mkdirSync, readdirSync, renameSync, truncateSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { log } from '@/lib/base/server/log';
import { clusterRecovery } from '@/lib/store/recovery-window';
import { listStanzas } from '@/lib/store/stanzas';
import { sqlOn } from '@/lib/testing/check-kit';
import { addWatched } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { until } from '@/lib/testing/until';
import { writeSecretFile } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';
import { lookForDumps, type RepositoryKeeper, startRepositories } from '@/workers/repositories';
import { listArchive } from '@/workers/repositories/list-archive';

let console: TestConsole;
let stanza: TestStanza;
let keeper: RepositoryKeeper;
let clusterId: string;
let stanzaId: string;
let configFile: string;

beforeAll(async () => {
  [console, stanza] = await Promise.all([testConsole(), startStanza({ compressType: 'none', bundle: true })]);
  const added = await addWatched(console, stanza.server);
  clusterId = added.clusterId;
  stanzaId = newId();
  configFile = stanza.configFile;
  await sql`update instances set role = 'primary' where id = ${added.instanceId}`.execute(console.ownerDb);
  await sql`
    insert into stanzas (id, cluster_id, instance_id, name, worker_name, data_directory, state, created_by_name)
    values (${stanzaId}, ${clusterId}, ${added.instanceId}, 'demo', 'w1', ${stanza.server.dataDir}, 'active', 'test')
  `.execute(console.ownerDb);
  await sql`
    insert into stanza_repositories (id, stanza_id, ordinal, path)
    values (${newId()}, ${stanzaId}, 1, ${stanza.repositoryPath})`.execute(console.ownerDb);
  keeper = startKeeper();
});

/** It looks by itself at the first moment and after runs only: what else is looked at, a test asks for. */
function startKeeper(): RepositoryKeeper {
  return startRepositories({
    db: console.workerDb,
    log,
    notifier: { hint: () => {} },
    workerName: 'w1',
    toolUser: toolUserName(),
    configFile: async () => configFile,
    everySeconds: 3600,
  });
}

afterAll(async () => {
  await keeper.stop();
  await stanza.stop();
  await console.close();
});

async function look() {
  await keeper.lookNow(stanzaId);
  const recovery = await clusterRecovery(console.webDb, clusterId);
  const [row] = await listStanzas(console.webDb, { id: stanzaId });
  const [repository] = recovery.repositories;
  if (!repository || !row) throw new Error('no repository');
  return { ...recovery, row, repository, window: repository.windows[0] };
}

/** The file of a segment in the repository. */
function fileOf(segment: string): string {
  const folder = `${stanza.repositoryPath}/archive/demo/15-1/${segment.slice(0, 16)}`;
  const name = readdirSync(folder).find((each) => each.startsWith(segment));
  if (!name) throw new Error(`${segment} is not archived`);
  return `${folder}/${name}`;
}

const states = async () => (await clusterRecovery(console.webDb, clusterId)).sets.map(({ state }) => state);

test('F27: a console that is new finds all sets; one that is expired elsewhere is gone, never ready', async () => {
  const none = await look();
  expect(none.row).toMatchObject({ problem: null, lookedAt: expect.any(String) });
  expect(none.reachable).toEqual([]);

  const full = await stanza.backup('full', { annotation: `run=${newId()}` });
  const incr = await stanza.backup('incr');
  await stanza.archiveNow();
  const found = await look();
  expect(
    found.sets.map(({ label, method, state, dependsOn }) => ({ label, method, state, dependsOn })),
  ).toEqual([
    { label: incr, method: 'incr', state: 'ready', dependsOn: [full] },
    { label: full, method: 'full', state: 'ready', dependsOn: [] },
  ]);
  expect(found.sets[0]).toMatchObject({ timeline: 1, archiveId: '15-1', bytes: expect.any(Number) });
  expect(found.reachable).toHaveLength(1);
  expect(found.restorableIds.size).toBe(2);
  const again = await look();
  expect(again.sets.map(({ id }) => id)).toEqual(found.sets.map(({ id }) => id));

  const newest = await stanza.backup('full');
  await stanza.run('expire', { set: full });
  const after = await look();
  expect(after.sets.map(({ label, state }) => [label, state])).toEqual([
    [newest, 'ready'],
    [incr, 'gone'],
    [full, 'gone'],
  ]);
  expect(after.restorableIds.size).toBe(1);
  const { gone_why: why } = await console.ownerDb
    .selectFrom('backups')
    .select('gone_why')
    .where('label', '=', full)
    .executeTakeFirstOrThrow();
  expect(why).toContain('outside of the console');
});

/** A run of the cluster that ended, dated some seconds back as one is that commits late. */
async function endRun(secondsAgo: number): Promise<void> {
  const db = console.ownerDb;
  const id = newId();
  const of = { kind: 'test', cluster_id: clusterId };
  const request = { id, ...of, requested_by_name: 'test', input: '{}' };
  await db.insertInto('plan_requests').values(request).execute();
  const plan = { id, ...of, definition_version: 1, state: 'ready' as const };
  await db.insertInto('plans').values(plan).execute();
  const end = { state: 'succeeded' as const, finished_at: new Date(Date.now() - secondsAgo * 1000) };
  const run = { plan_id: id, plan_hash: 'h', definition_version: 1, requested_by_name: 'test' };
  await db
    .insertInto('runs')
    .values({ id, ...of, ...run, ...end, idempotency_key: id })
    .execute();
}

test('a look follows each run within seconds, whatever the clock of its end; one that could not read is tried again soon', async () => {
  const db = console.ownerDb;
  const lookedAt = async () => (await listStanzas(db, { id: stanzaId }))[0]?.lookedAt ?? null;
  const looksAfter = async (act: () => Promise<unknown>, what: string) => {
    const before = await lookedAt();
    await act();
    await until(async () => (await lookedAt()) !== before, what, 9_000);
  };
  await keeper.lookNow(stanzaId);
  await looksAfter(() => endRun(3), 'the look after a run that was dated before the last look');
  await looksAfter(() => endRun(0), 'the look after the next run');

  // Somebody asks for a look while it is only set up: that counts for nothing.
  await sql`update stanzas set state = 'draft', looked_at = null where id = ${stanzaId}`.execute(db);
  await keeper.stop();
  keeper = startKeeper();
  await keeper.lookNow(stanzaId);
  expect(await lookedAt()).toBeNull();
  await looksAfter(
    () => sql`update stanzas set state = 'active' where id = ${stanzaId}`.execute(db),
    'the first look of a stanza that comes into use',
  );

  configFile = '/nowhere/stanza.conf';
  await keeper.lookNow(stanzaId);
  expect((await listStanzas(db, { id: stanzaId }))[0]?.problem).not.toBeNull();
  await looksAfter(async () => {
    configFile = stanza.configFile;
  }, 'the look that is tried again');
});

test('F13, F15: a segment that is removed or cut short in the middle is a hole until it is back', async () => {
  const [first, second, third] = [
    await stanza.archiveNow(),
    await stanza.archiveNow(),
    await stanza.archiveNow(),
  ];
  const whole = await look();
  expect(whole.window?.archiveHoles).toEqual([]);
  const end = whole.reachable[0]?.to ?? 0;

  const path = fileOf(second);
  renameSync(path, `${stanza.repositoryPath}/kept`);
  const holed = await look();
  expect(holed.window?.archiveHoles).toMatchObject([{ first: expect.any(Number), healedAt: null }]);
  expect(holed.repository.ranges.map(({ last }) => last)).toHaveLength(2);
  expect(holed.reachable).toHaveLength(1);
  expect(holed.reachable[0]?.to).toBeLessThanOrEqual(end);
  expect(holed.window?.reaches[0]?.lastSegment).toBe((holed.window?.archiveHoles[0]?.first as number) - 1);

  const healing = await stanza.backup('incr');
  await stanza.archiveNow();
  const healed = await look();
  expect(healed.window?.archiveHoles).toMatchObject([{ healedAt: expect.any(Number) }]);
  expect(healed.reachable).toHaveLength(2);
  expect(healed.holes).toHaveLength(1);
  expect(healed.restorableIds.has(healed.sets.find(({ label }) => label === healing)?.id ?? '')).toBe(true);

  renameSync(`${stanza.repositoryPath}/kept`, path);
  expect((await look()).holes).toEqual([]);
  truncateSync(fileOf(third), 8192);
  const cut = await look();
  expect(cut.repository.look.unusable).toEqual([{ name: third, why: 'its file has 8192 of 16777216 bytes' }]);
  expect(cut.holes).toHaveLength(1);
  expect(first < second).toBe(true);
});

test('F9, F10, F26: what cannot be read stays as it was last seen, with the reason and its age', async () => {
  const before = await look();
  renameSync(stanza.repositoryPath, `${stanza.repositoryPath}.away`);
  const away = await look();
  expect(away.row.problem).toContain('Repository 1 has not been created');
  expect(away.row.lookedAt).toBe(before.row.lookedAt);
  expect(away.repository.look).toMatchObject({
    problem: expect.any(String),
    problemSince: expect.any(String),
  });
  expect(away.sets.map(({ state }) => state)).toEqual(before.sets.map(({ state }) => state));
  expect(away.reachable).toHaveLength(before.reachable.length);
  renameSync(`${stanza.repositoryPath}.away`, stanza.repositoryPath);
  expect((await look()).row.problem).toBeNull();

  // A pass where there was none: info ends with 0 and says it in words of no alphabet.
  configFile = `${stanza.configFile}.wrong`;
  const text = `[global]\nrepo1-path=${stanza.repositoryPath}\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=x\n[demo]\npg1-path=${stanza.server.dataDir}\n`;
  writeSecretFile(configFile, text, toolUserName());
  const wrong = await look();
  expect(wrong.row.problem).toContain('Repository 1');
  expect(await states()).toContain('ready');
  configFile = '/nowhere/stanza.conf';
  expect((await look()).row.problem).not.toBeNull();
  configFile = stanza.configFile;

  await stanza.run('stop');
  expect((await look()).look.stopFile).toMatch(/demo[.]stop$/);
  await stanza.run('start');
  expect((await look()).look.stopFile).toBeNull();
});

test('F14: what archive-push-queue-max drops and calls stored is named at once, and is a hole as soon as WAL goes on', async () => {
  const before = (await look()).window?.archiveHoles.length ?? 0;
  const push = (more = '') => ({
    archive_command: `pgbackrest --config=${stanza.configFile} --stanza=demo ${more} archive-push %p`,
  });
  await stanza.server.restart(push('--archive-push-queue-max=1'));
  const archived = await stanza.archiveNow();
  expect(stanza.server.log().join()).toContain('dropped WAL file');
  const row = { last_archived_wal: archived, exposure_seconds: 0, not_archiving: null };
  await sql`
    insert into check_results (check_id, instance_id, database, state, rows, observed_at)
    select 'archiver', instance_id, '', 'ok', ${JSON.stringify([row])}, now()
    from stanzas where id = ${stanzaId}`.execute(console.ownerDb);
  expect((await look()).repository.look).toMatchObject({ believed: archived, holdsBelieved: false });
  await sql`delete from check_results`.execute(console.ownerDb);
  await stanza.server.restart(push());
  await stanza.archiveNow();
  const holes = (await look()).window?.archiveHoles ?? [];
  expect(holes).toHaveLength(before + 1);
  expect(holes.at(-1)).toMatchObject({ healedAt: null });
});

test('F17: a failover goes on in the child timeline, from a backup that the parent took', async () => {
  const label = await stanza.backup('incr');
  await stanza.server.shutDown();
  writeSecretFile(`${stanza.server.dataDir}/standby.signal`, '', toolUserName());
  await stanza.server.restart();
  await sqlOn(stanza.server, 'postgres', 'select pg_promote()', 'checkpoint');
  await sql`update instances set timeline = 2`.execute(console.ownerDb);
  const segment = await stanza.archiveNow();
  expect(segment.slice(0, 8)).toBe('00000002');
  await until(async () => (await look()).repository.look.branches.length === 1, 'the history is archived');
  const switched = await look();
  expect(switched.window).toMatchObject({ timeline: 2 });
  expect(switched.window?.path).toMatchObject([{ timeline: 1 }, { timeline: 2 }]);
  expect(switched.window?.reaches.at(-1)).toMatchObject({ timeline: 2 });
  expect(switched.sets[0]).toMatchObject({ label, timeline: 1 });
  expect(switched.restorableIds.has(switched.sets[0]?.id ?? '')).toBe(true);
});

test('a large archive is listed from its newest folders on, with the same outcome', async () => {
  const { repository } = await look();
  const { ranges, look: before } = repository;
  const place = {
    configFile: stanza.configFile,
    stanza: 'demo',
    user: toolUserName(),
    signal: new AbortController().signal,
  };
  // Known: the middle of what is there, and a timeline that has been expired since.
  const first = ranges[0];
  if (!first) throw new Error('nothing is archived');
  const known = [{ ...first }, { timeline: 9, first: 1, last: 5, firstAt: 1, lastAt: 5 }];
  const input = { repository: 1, isEncrypted: false, stanza: 'demo', archiveId: '15-1', known, before };
  const seen = await listArchive(place, { ...input, segmentBytes: 16 * 1024 * 1024, wholeUpTo: 0 });
  expect(seen.ranges).toEqual(ranges.map(({ repository: _, archiveId: __, ...range }) => range));
  expect(seen.look).toMatchObject({ branches: before.branches, unusable: before.unusable });
  expect(seen.look.listedAt).toBe(before.listedAt);
});

test('a dump whose folder is gone is missing, and ready again once it is back', async () => {
  const id = newId();
  const path = `${stanza.repositoryPath}-dump`;
  mkdirSync(path);
  await sql`
    insert into backups (id, cluster_id, type, database, path, worker_name, bytes, server_version_num, started_at, finished_at)
    values (${id}, ${clusterId}, 'logical', 'orders', ${path}, 'w1', 1, 150000, now(), now())`.execute(
    console.ownerDb,
  );
  const state = async () => {
    await lookForDumps(console.workerDb, 'w1');
    const row = await console.ownerDb
      .selectFrom('backups')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return [row?.state, row?.gone_why === null];
  };
  expect(await state()).toEqual(['ready', true]);
  renameSync(path, `${path}-away`);
  expect(await state()).toEqual(['missing', false]);
  renameSync(`${path}-away`, path);
  expect(await state()).toEqual(['ready', true]);
});
