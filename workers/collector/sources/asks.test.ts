import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newId } from '@/lib/base/ids';
import { readFacts } from '@/lib/instance/facts';
import { makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { supportedMajors } from '@/lib/testing/majors';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { asks } from '@/workers/collector/sources/asks';
import { sourceMakers } from '@/workers/collector/sources/index';

/** What every transaction of the collector begins and ends with is not what a source asks. */
const frame = /^(begin|commit|rollback)|set_config\(/;

/** Sources that ask the server also without the console's store. */
const askers = ['statements', 'sessions', 'schema', 'server', 'senders', 'archiving'];

test('every source says what it asks, and nothing else does', () => {
  expect(Object.keys(asks).sort()).toEqual(Object.keys(sourceMakers).sort());
});

test('what only some versions are asked is said by the lowest of them', () => {
  const versions = (asks.statements ?? []).flatMap(({ fromVersion }) => fromVersion ?? []);
  expect(versions).toEqual([170000, 150000, 140000]);
});

let servers: [number, TestPostgres][];
beforeAll(async () => {
  servers = await Promise.all(
    supportedMajors.map(async (version): Promise<[number, TestPostgres]> => {
      const config = { shared_preload_libraries: 'pg_stat_statements' };
      const server = await startPostgres({ version, config });
      await makeWatchLogin(server);
      await sqlOn(server, 'postgres', 'create extension pg_stat_statements', 'create table shop (id int)');
      return [version * 10_000, server];
    }),
  );
});
afterAll(async () => {
  await Promise.all(servers.map(([, server]) => server.stop()));
});

/** Two rounds of a source, the second of which knows what was before and asks for what is new. */
async function textsSent(
  name: string,
  server: TestPostgres,
  between: () => Promise<void>,
): Promise<string[]> {
  const session = await openSession(server, watchLogin);
  const source = sourceMakers[name]?.();
  try {
    const surroundings = await readFacts(session);
    const context = { session, surroundings, instanceId: newId(), timeoutMs: 5_000 };
    const sent = vi.spyOn(session, 'query');
    for (const _round of [1, 2]) {
      const { answer, commit } = (await source?.collect(context)) ?? {};
      expect(answer?.state).toBe('ok');
      commit?.();
      await between();
    }
    return [...new Set(sent.mock.calls.map(([text]) => text))].filter((text) => !frame.test(text));
  } finally {
    source?.stop?.();
    await session.close();
  }
}

/** What people are shown for servers of a version. */
function shownFor(name: string, version: number): (string | null)[] {
  const all = asks[name] ?? [];
  const fitting = all.map(({ fromVersion }) => fromVersion ?? 0).filter((from) => from <= version);
  const newest = Math.max(...fitting);
  return all
    .filter(({ fromVersion }) => fromVersion === null || fromVersion === newest)
    .map(({ sql }) => sql);
}

test.each(askers)('what the source of %s sends is what is shown of it, on every version', async (name) => {
  for (const [version, server] of servers) {
    const texts = await textsSent(name, server, () =>
      sqlOn(server, 'postgres', 'alter table shop add column if not exists name text'),
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(shownFor(name, version)).toEqual(expect.arrayContaining(texts));
  }
});

test('what a standby is asked is what is shown of it', async () => {
  const [version, primary] = servers.at(-1) ?? [];
  if (!primary || !version) throw new Error('there is no server');
  const standby = await startStandby(primary);
  try {
    for (const name of ['replication', 'senders']) {
      const texts = await textsSent(name, standby, async () => {});
      expect(texts.length).toBeGreaterThan(0);
      expect(shownFor(name, version)).toEqual(expect.arrayContaining(texts));
    }
  } finally {
    await standby.stop();
  }
});
