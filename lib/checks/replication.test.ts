import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replicationSchema } from '@/lib/contract/replication';
import type { ReadClass } from '@/lib/engine/can-read';
import type { AnyCheck } from '@/lib/engine/define-check';
import type { StandbyState } from '@/lib/engine/standby-verdict';
import measureBloat from '@/lib/jobs/measure-bloat';
import { readersOfCluster } from '@/lib/queries/can-read';
import { replicationOfCluster } from '@/lib/queries/replication';
import { resultsOf } from '@/lib/store/check-results';
import { readersFirst } from '@/lib/store/read-targets';
import { targetsOfCluster } from '@/lib/store/targets';
import { checkOf, makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addWatched, collectFor, type TestCollector } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

// A real pair through the whole street: collector, store, what the web answers with its own rights.

const scratch = scratchDirectory('archive');
const archive = `${scratch.path}/wal`;
let console: TestConsole;
let primary: TestPostgres;
let standby: TestPostgres;
let collector: TestCollector;
let clusterId: string;
let standbyId: string;

/** As the catalogue has it, but a fault need not hold: nobody waits 20 s for what a pure test proves. */
const atOnce = (id: string): AnyCheck => {
  const check = checkOf(id);
  return { ...check, judge: check.judge?.map((each) => ({ ...each, forSeconds: 0 })) };
};

beforeAll(async () => {
  makeOwnedDirectory(archive, toolUserName());
  const config = { archive_mode: 'on', archive_command: `cp %p ${archive}/%f`, wal_keep_size: '256MB' };
  [console, primary] = await Promise.all([testConsole(), startPostgres({ config })]);
  await makeWatchLogin(primary);
  await sqlOn(primary, 'postgres', 'create table kept (n int)', 'checkpoint');
  standby = await startStandby(primary, {
    name: 'second',
    config: { wal_retrieve_retry_interval: '100ms', hot_standby_feedback: 'on' },
  });
  const checks = { replication: atOnce('replication'), 'replication-senders': atOnce('replication-senders') };
  const first = await addWatched(console, primary, { name: 'first' });
  clusterId = first.clusterId;
  standbyId = (await addWatched(console, standby, { name: 'second', clusterId })).instanceId;
  collector = collectFor(console, { checks, leaseSeconds: 3 });
});
afterAll(async () => {
  await collector.stop();
  await console.close();
  await Promise.all([standby.stop(), primary.stop()]);
  await rm(archive, { recursive: true, force: true });
  scratch.remove();
});

const view = async () =>
  replicationSchema
    .parse(await replicationOfCluster(console.webDb, clusterId))
    .servers.find(({ instanceId }) => instanceId === standbyId);

/** Reads both sides again and again until the standby is as wanted; gives that row of the truth table. */
async function seen(state: StandbyState, isWanted: (facts: Facts) => boolean = () => true): Promise<Facts> {
  let facts: Facts | null | undefined;
  const isSo = async () => {
    collector.collectNow(standbyId);
    facts = (await view())?.standby;
    return facts?.state === state && isWanted(facts);
  };
  await until(isSo, state).catch((error: unknown) => {
    throw new Error(`it is ${JSON.stringify(facts)}`, { cause: error });
  });
  return facts as Facts;
}
type Facts = NonNullable<NonNullable<Awaited<ReturnType<typeof view>>>['standby']>;

const findings = async () =>
  console.workerDb
    .selectFrom('findings')
    .select(['judged', 'level', 'sentence'])
    .where('instance_id', '=', standbyId)
    .where('closed_at', 'is', null)
    .execute();
const write = (megabytes: number) =>
  sqlOn(
    primary,
    'postgres',
    'insert into kept values (1)',
    `select pg_logical_emit_message(true, 'filler', repeat('x', ${megabytes * 1_000_000}))`,
  );
const onStandby = async (settings: Record<string, string>) =>
  sqlOn(
    standby,
    'postgres',
    ...Object.entries(settings).map(([name, value]) => `alter system set ${name} = '${value}'`),
    'select pg_reload_conf()',
  );
const readers = async (readClass: ReadClass) => {
  const servers = await targetsOfCluster(console.workerDb, clusterId, null, 'any');
  return (await readersFirst(console.workerDb, servers, readClass)).map(({ instanceName }) => instanceName);
};
const canReadNow = async () => readersOfCluster(console.webDb, clusterId, { class: 'read', lagMs: 5_000 });

test('an idle primary: in step and ready, though the last commit ages', async () => {
  await write(1);
  const facts = await seen('in-step', ({ behindBytes }) => behindBytes === 0);
  expect(facts).toMatchObject({
    ...{ trouble: 0, lagSeconds: 0, lagFrom: 'positions', unsentBytes: 0, unreplayedBytes: 0 },
    ...{ fedBy: 'first', receiver: 'streaming', senderState: 'streaming', primaryName: 'first' },
  });
  expect(facts.lastCommitSeconds).toBeGreaterThan(0);
  expect(facts.apartSeconds).toBeLessThan(2);
  expect(await findings()).toEqual([]);
  await until(async () => (await canReadNow()).ready, 'ready');
  expect(await canReadNow()).toMatchObject({
    fallback: { name: 'first' },
    instances: [
      { name: 'first', ready: false, reason: expect.stringContaining('it is the primary') },
      { name: 'second', ready: true, reason: null },
    ],
  });
  expect(
    await readersOfCluster(console.webDb, clusterId, { class: 'read', lagMs: 0, instance: 'SECOND' }),
  ).toMatchObject({
    ready: false,
  });
  const old = await readersOfCluster(
    console.webDb,
    clusterId,
    { class: 'read', lagMs: 5_000 },
    new Date(Date.now() + 60_000),
  );
  expect(old.instances[1]?.reason).toContain('last measured');
});

test('a standby that nobody has measured for a while is not ready, and that counts as a change of its verdict', async () => {
  const readsAt = async (now: Date) =>
    (await replicationOfCluster(console.webDb, clusterId, now)).servers
      .find(({ instanceId }) => instanceId === standbyId)
      ?.reads.find((each) => each.class === 'read');
  const present = await readsAt(new Date());
  expect(present).toMatchObject({ ready: true });
  const later = await readsAt(new Date(Date.now() + 60_000));
  expect(later).toMatchObject({
    ready: false,
    reason: expect.stringContaining('it was last measured'),
    becameUnready: (present?.becameUnready ?? 0) + 1,
  });
  expect(Date.parse(later?.since ?? '')).toBeGreaterThan(Date.now());
});

test('a heavy read of the console goes to the standby, where it finds what it would find on the primary', async () => {
  await until(async () => (await readers('analytics'))[0] === 'second', 'ready');
  expect(await readers('analytics')).toEqual(['second', 'first']);
  await sqlOn(
    primary,
    'postgres',
    'create extension pgstattuple',
    "create table half as select n, repeat('x', 400) as filler from generate_series(1, 6000) as n",
    'delete from half where n % 2 = 0',
    'vacuum (analyze, truncate false) half',
  );
  // Positions that were read before this was written say nothing of it.
  const [writer, reader] = await Promise.all([openSession(primary), openSession(standby)]);
  const [end] = await writer.query('select pg_current_wal_lsn()::text as lsn');
  const isReplayed = async () =>
    (await reader.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as here', [end?.lsn]))[0]?.here ===
    true;
  await until(isReplayed, 'the standby has replayed it');
  await Promise.all([writer.close(), reader.close()]);
  const logins = { watch: watchLogin };
  const harness = await jobHarness({ server: standby, role: 'standby', logins });
  const run = await harness.run(measureBloat, { database: 'postgres', readMiBPerSecond: 10_000 });
  harness.close();
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  const facts = run.evidence[0]?.facts as { measured: { table: string; bloatPercent: number }[] } | undefined;
  // A standby counts no writes: what was written since must not look like nothing.
  const half = facts?.measured.find(({ table }) => table === 'half');
  expect(half).toMatchObject({ method: 'pgstattuple_approx', rowsWritten: null });
  expect(half?.bloatPercent).toBeGreaterThan(40);
});

test('a standby of a standby: who feeds it is known, and what its feeder has not sent is not', async () => {
  const third = await startStandby(standby, { name: 'third' });
  const { instanceId } = await addWatched(console, third, { name: 'third', clusterId });
  const cascaded = async () =>
    (await replicationOfCluster(console.webDb, clusterId)).servers.find(
      (each) => each.instanceId === instanceId,
    );
  const isFed = async () => {
    collector.collectNow(instanceId);
    return (await cascaded())?.standby?.state === 'in-step';
  };
  await until(isFed, 'in step');
  expect(await cascaded()).toMatchObject({
    upstreamId: standbyId,
    standby: { fedBy: 'second', senderState: null },
  });
  const { instances } = await canReadNow();
  expect(instances.find(({ id }) => id === instanceId)?.ready).toBe(true);
  await console.ownerDb
    .updateTable('instances')
    .set({ state: 'removed' })
    .where('id', '=', instanceId)
    .execute();
  await third.stop();
});

test('the primary names the standby that is watched, and leaves judging it to its own check', async () => {
  const rows = async () => {
    const upstreamId = (await view())?.upstreamId ?? '';
    collector.collectNow(upstreamId);
    const results = await resultsOf(console.webDb, upstreamId, { rows: true });
    return results.flatMap((result) => result.rows);
  };
  await until(async () => (await rows()).some((row) => row.watched_as === 'second'), 'named');
  expect(await rows()).toMatchObject([{ state: 'streaming', unwatched_bytes: null }]);
});

test('a primary that this worker has no way to: its stored position counts, with its age, and says so', async () => {
  const inPool = (pool: string) =>
    console.ownerDb.updateTable('instances').set({ pool }).where('name', '=', 'first').execute();
  await inPool('elsewhere');
  // The last position that its own collector stored.
  const old = await seen(
    'in-step',
    ({ apartSeconds, lagSeconds }) => Math.min(apartSeconds ?? 0, lagSeconds ?? 0) > 2,
  );
  expect(old).toMatchObject({ trouble: 0, lagFrom: 'history', senderState: null });
  expect(old.says).toContain('apart.');
  await inPool('default');
  await seen('in-step', ({ lagFrom }) => lagFrom === 'positions' || lagFrom === 'reached');
});

test('replay paused while the primary writes: named with its bytes, out of the pool, counted; then back in step', async () => {
  await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
  await write(3);
  const facts = await seen('paused', ({ unreplayedBytes }) => (unreplayedBytes ?? 0) >= 3_000_000);
  expect(facts).toMatchObject({ trouble: 1, unsentBytes: 0, pauseState: 'paused' });
  expect(facts.lagSeconds).toBeGreaterThan(0);
  await until(async () => (await findings()).length > 0, 'a finding');
  expect(await findings()).toMatchObject([
    {
      judged: 'trouble',
      level: 'warn',
      sentence: expect.stringMatching(/^Replay is paused on second, 2[.]\d+ MB behind/),
    },
  ]);
  expect((await canReadNow()).instances[1]).toMatchObject({ ready: false, reason: 'its replay is paused' });
  expect(await readers('read')).toEqual(['first']);
  const counted = (await view())?.reads.find((each) => each.class === 'read');
  expect(counted).toMatchObject({ ready: false, becameReady: 0, becameUnready: 1 });

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_resume()');
  await seen('in-step');
  await until(async () => (await findings()).length === 0, 'closed');
  // In step again, and still held back: it must not flap.
  expect((await canReadNow()).instances[1]?.reason).toContain('is again if it stays well');
});

test('the stream is cut: all that came is replayed, and it is a fault with the bytes that lack', async () => {
  await onStandby({ primary_conninfo: 'host=127.0.0.1 port=1 user=nobody' });
  await until(async () => (await seen('cut')).receiver === null, 'no receiver');
  await write(2);
  const facts = await seen('cut', ({ behindBytes }) => (behindBytes ?? 0) > 2_000_000);
  // What the standby says of itself alone: received = replayed, so nothing lags.
  expect(facts).toMatchObject({ trouble: 2, unreplayedBytes: 0, fedBy: 'nothing' });
  expect(facts.unsentBytes).toBe(facts.behindBytes);
  expect(facts.lagSeconds).toBeGreaterThan(0);
  await until(async () => (await findings()).some(({ level }) => level === 'crit'), 'a finding');
  expect((await findings())[0]?.sentence).toContain('The stream of second is cut: it has no receiver');
});

test('fed by restore_command: no receiver, yet it comes on by segments', async () => {
  await onStandby({ primary_conninfo: '', restore_command: `cp ${archive}/%f %p` });
  const before = await seen('archive');
  await write(1);
  await sqlOn(primary, 'postgres', 'select pg_switch_wal()', 'insert into kept values (2)');
  const facts = await seen('archive', ({ behindBytes }) => (behindBytes ?? 1e9) < 1_000_000);
  expect(facts).toMatchObject({ trouble: 0, fedBy: 'restore_command', receiver: null, overdueSeconds: null });
  expect(facts.lagSeconds).not.toBe(null);
  expect(before.unsentBytes).toBeGreaterThan(0);
  await until(async () => (await findings()).length === 0, 'closed');
});

test('the primary does not answer: its position is unknown, and so is the lag; never 0', async () => {
  await primary.kill();
  const facts = await seen('unknown');
  expect(facts).toMatchObject({ trouble: null, behindBytes: null, lagSeconds: null, unsentBytes: null });
  expect(facts.unknownReason).toContain('first could not be asked');
  await until(async () => (await findings()).length > 0, 'a finding');
  expect(await findings()).toMatchObject([{ judged: 'behind_bytes', level: 'unknown' }]);
  expect((await canReadNow()).instances[1]?.ready).toBe(false);
});
