import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RestoredCopy, type RestoreOptions, restorePhysical } from '@/lib/procedures/physical-restore';
import { scratchDirectory } from '@/lib/testing/scratch';
import { quickDirectory } from '@/lib/testing/small-disk';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';
import { callTool } from '@/workers/runner/tool-call';

let demo: TestStanza;
let scratch: ReturnType<typeof scratchDirectory>;
let copies: Awaited<ReturnType<typeof quickDirectory>>;
let productionSpace: string;
let label: string;
let count = 0;

async function restore(
  options: Partial<RestoreOptions>,
  use: (copy: RestoredCopy, log: string[]) => Promise<void> = async () => undefined,
): Promise<void> {
  count += 1;
  const directory = `${copies.path}/${count}`;
  makeOwnedDirectory(directory, toolUserName());
  const log: string[] = [];
  const signal = new AbortController().signal;
  const place = {
    runDir: directory,
    user: toolUserName(),
    applicationName: 'test',
    signal,
    log: () => undefined,
    passfile: new Set<string>(),
  };
  try {
    const copy = await restorePhysical(
      {
        signal,
        tool: (call) => callTool(call, place, undefined),
        log: (_level, text) => log.push(text),
        progress: () => undefined,
      },
      {
        stanza: demo.stanza,
        configFile: demo.configFile,
        repository: 1,
        target: { type: 'latest' },
        timeline: 1,
        directory,
        action: 'promote',
        name: 'drill_test',
        processMax: 1,
        ...options,
      },
    );
    try {
      await use(copy, log);
    } finally {
      await copy.server.stop();
    }
  } finally {
    removeTree(directory);
  }
}

async function rowsOf(copy: RestoredCopy, sql: string): Promise<Record<string, unknown>[]> {
  const session = await copy.server.connect();
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

async function textOf(sql: string): Promise<string> {
  const session = await openAsSuperuser(demo.server, 'postgres');
  try {
    const text = sql.replace(/^select (.*)$/, "select to_jsonb($1) #>> '{}' as text");
    return String((await session.query(text))[0]?.text);
  } finally {
    await session.close();
  }
}

const archiveFolder = () => path.join(demo.repositoryPath, 'archive/demo/15-1');
function archived(segment: string): string {
  const folder = path.join(archiveFolder(), segment.slice(0, 16));
  const name = readdirSync(folder).find((file) => file.startsWith(segment)) ?? '';
  return path.join(folder, name);
}

beforeAll(async () => {
  scratch = scratchDirectory('restore');
  copies = await quickDirectory(`${scratch.path}/copies`, 600 * 1024 * 1024);
  demo = await startStanza();
  productionSpace = `${scratch.path}/production`;
  makeOwnedDirectory(productionSpace, toolUserName());
  await runSql(demo.server, 'postgres', [
    `create tablespace "far away" location '${productionSpace}'`,
    'create table marks (n int primary key, at timestamptz default clock_timestamp()) tablespace "far away"',
    'insert into marks values (1)',
  ]);
  label = await demo.backup('full');
  await runSql(demo.server, 'postgres', ['insert into marks values (2)']);
  await demo.archiveNow();
});

afterAll(async () => {
  await demo.stop();
  await copies.remove();
  scratch.remove();
});

test('F18, F19: the copy is cut off from everything, and production’s tablespace is left as it is', async () => {
  const before = readdirSync(productionSpace, { recursive: true }).map((name) => {
    const facts = statSync(path.join(productionSpace, String(name)));
    return [name, facts.ino, facts.mtimeMs];
  });
  await restore({}, async (copy) => {
    expect(copy.set).toMatchObject({ label, hasErrors: false, tablespaces: [{ name: 'far away' }] });
    const [space] = await rowsOf(
      copy,
      `select pg_tablespace_location(oid) as at from pg_tablespace where spcname = 'far away'`,
    );
    expect(space?.at).toBe(`${copy.layout.tablespaces}/${copy.set.tablespaces[0]?.oid}`);
    expect(await rowsOf(copy, 'select n from public.marks order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    // It takes writes and switches segments, and none of them reaches the archive.
    await rowsOf(copy, 'insert into public.marks values (99)');
    await rowsOf(copy, 'select pg_switch_wal()');
    const settings = await rowsOf(
      copy,
      `select name, setting from pg_settings
       where name in ('archive_mode', 'listen_addresses', 'max_logical_replication_workers',
         'shared_preload_libraries', 'ssl', 'cluster_name', 'config_file') order by name`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toMatchObject({
      archive_mode: 'off',
      listen_addresses: '',
      max_logical_replication_workers: '0',
      shared_preload_libraries: '',
      ssl: 'off',
      cluster_name: 'drill_test',
      config_file: `${copy.layout.data}/postgresql.conf`,
    });
    await expect(rowsOf(copy, 'alter system set archive_mode = on')).resolves.toBeDefined();
    expect(readFileSync(`${copy.layout.restoredConfig}/postgresql.conf`, 'utf8')).toContain(
      'archive_command',
    );
    expect(copy.phases.restore + copy.phases.fetch).toBeGreaterThan(0);
  });
  const files = readdirSync(archiveFolder(), { recursive: true }).map(String);
  expect(files.filter((name) => /^00000002/.test(path.basename(name)))).toEqual([]);
  const after = readdirSync(productionSpace, { recursive: true }).map((name) => {
    const facts = statSync(path.join(productionSpace, String(name)));
    return [name, facts.ino, facts.mtimeMs];
  });
  expect(after).toEqual(before);
});

test('F16: an idle server has no commit after the target, which is said; one commit later it can be reached', async () => {
  const at = await textOf('select clock_timestamp()');
  await expect(restore({ target: { type: 'time', at } })).rejects.toThrow(
    /Recovery ended at .* before it came to/,
  );
  await runSql(demo.server, 'postgres', ['insert into marks values (3)']);
  await demo.archiveNow();
  await restore({ target: { type: 'time', at }, action: 'pause' }, async (copy) => {
    expect(copy.server.mode).toBe('paused');
    expect(copy.server.reached.stopping).toMatch(/^before commit of transaction/);
    expect(await rowsOf(copy, 'select n from public.marks order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    await expect(rowsOf(copy, 'insert into public.marks values (98)')).rejects.toThrow(/read-only/);
  });
  await expect(restore({ label, target: { type: 'time', at: '2026-01-01T00:00:00Z' } })).rejects.toThrow(
    /it can reach no moment before that/,
  );
  await expect(restore({ target: { type: 'time', at: '2026-01-01T00:00:00Z' } })).rejects.toThrow(
    /No backup ended before/,
  );
});

test('F12: one flipped bit in a file of the backup ends the restore, and the file is named', async () => {
  const folder = path.join(demo.repositoryPath, 'backup/demo', label, 'bundle');
  const file = path.join(folder, readdirSync(folder).sort()[0] ?? '');
  const sound = readFileSync(file);
  const broken = Buffer.from(sound);
  const at = Math.floor(broken.length / 2);
  broken[at] = (broken[at] ?? 0) ^ 1;
  writeFileSync(file, broken);
  // It would try each file again after 15 s and after 30 s.
  const config = readFileSync(demo.configFile, 'utf8');
  writeFileSync(demo.configFile, config.replace('[global]', '[global]\njob-retry=0'));
  const error = await restore({}).then(
    () => undefined,
    (reason: Error) => reason,
  );
  writeFileSync(file, sound);
  writeFileSync(demo.configFile, config);
  expect(error?.message).toMatch(new RegExp(`Damaged: ${label}/pg_data/[\\w./]+[.]lz4`));
});

test('F13, F15: a segment that is missing or cut off in the middle fails by its name, although the server would come up', async () => {
  const segments: string[] = [];
  const config = readFileSync(demo.configFile, 'utf8');
  for (const [n, compression] of ['lz4', 'gz', 'zst'].entries()) {
    writeFileSync(demo.configFile, config.replace('compress-type=lz4', `compress-type=${compression}`));
    await runSql(demo.server, 'postgres', [`insert into marks values (${n + 4})`]);
    segments.push(await demo.archiveNow());
  }
  writeFileSync(demo.configFile, config);
  const lsn = await textOf('select pg_current_wal_insert_lsn()');
  await runSql(demo.server, 'postgres', ['insert into marks values (7)']);
  await demo.archiveNow();
  const middle = archived(segments[0] ?? '');
  renameSync(middle, `${middle}.away`);
  await expect(restore({ target: { type: 'lsn', lsn } })).rejects.toThrow(
    `The archive gave no usable ${segments[0]}.`,
  );
  renameSync(`${middle}.away`, middle);
  for (const segment of segments) {
    const file = archived(segment);
    const sound = readFileSync(file);
    writeFileSync(file, sound.subarray(0, Math.floor(sound.length / 2)));
    // Without a place to come to, PostgreSQL takes what cannot be fetched for the end and says nothing of it.
    const toTheEnd = file.endsWith('.zst');
    await expect(restore(toTheEnd ? {} : { target: { type: 'lsn', lsn } })).rejects.toThrow(
      new RegExp(
        `${toTheEnd ? 'without having come to' : 'before it came to'} .* The archive gave no usable ${segment}[.] While fetching WAL .*${segment}`,
        's',
      ),
    );
    writeFileSync(file, sound);
  }
});

test('F17: after a failover each timeline is followed only when it is asked for, and raised settings are taken over', async () => {
  writeFileSync(`${demo.server.dataDir}/standby.signal`, '');
  await demo.server.restart({ max_connections: 150 });
  await runSql(demo.server, 'postgres', ['select pg_promote()', 'insert into marks values (20)']);
  await demo.archiveNow();
  await restore({}, async (copy) => {
    expect(await rowsOf(copy, 'select max(n) as n from public.marks')).toEqual([{ n: 7 }]);
  });
  const lsn = await textOf('select pg_current_wal_insert_lsn()');
  await demo.archiveNow();
  await restore({ timeline: 2, target: { type: 'lsn', lsn }, action: 'pause' }, async (copy, log) => {
    expect(await rowsOf(copy, 'select max(n) as n from public.marks')).toEqual([{ n: 20 }]);
    expect(log.join()).toContain('max_connections to 150');
  });
});
