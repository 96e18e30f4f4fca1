import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRepository, createStanza, giveUpStanza } from '@/lib/commands/stanzas';
import { addStorage } from '@/lib/commands/storages';
import { newStanzaSchema } from '@/lib/contract/stanzas';
import { stanzaSetup } from '@/lib/queries/stanzas';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { addTestInstance, meta, type TestConsole, testConsole } from '@/lib/testing/console';
import { scratchDirectory } from '@/lib/testing/scratch';
import { toolUserName } from '@/lib/tools/system-user';
import { stanzaConfigs } from '@/workers/runner/stanza-config';

let console: TestConsole;
let clusterId: string;
const scratch = scratchDirectory('stanza-config');

beforeAll(async () => {
  console = await testConsole();
  const logins = [{ purpose: 'watch' as const, user: 'watcher', password: 'x' }];
  ({ clusterId } = await addTestInstance(console, { host: 'db.example.org', port: 5432 }, { logins }));
});
afterAll(async () => {
  scratch.remove();
  await console.close();
});

const describeStanza = (repositories: unknown[], name = 'main') =>
  createStanza(
    console.webDb,
    console.actor,
    clusterId,
    newStanzaSchema.parse({ how: 'configure', name, repositories }),
    meta,
  );

test('paths and names that could leave their line or folder are refused', () => {
  const parse = (path: string, name = 'main') =>
    newStanzaSchema.safeParse({ how: 'configure', name, repositories: [{ path }] }).success;
  for (const path of ['relative', '/a/../b', '/a b', '/a\n[global]', '/a;b', '/'])
    expect(parse(path), path).toBe(false);
  expect([parse('/srv/repo'), parse('/srv/repo', 'a b'), parse('/srv/repo', '--x')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a described stanza is a draft; its pass is shown once, sealed, and only the worker’s file has it', async () => {
  const { id } = await addStorage(
    console.webDb,
    console.actor,
    {
      ...{ name: 'cellar', endpoint: 'https://s3.example.org:9000', region: 'eu-1', bucket: 'backups' },
      ...{ prefix: 'shop', uriStyle: 'path', accessKey: 'canary-access', secretKey: 'canary-secret' },
    },
    meta,
  );
  const made = await describeStanza([{ path: '/srv/repo' }, { storageId: id }]);
  expect(made.passes.map(({ ordinal }) => ordinal)).toEqual([1, 2]);
  const [first] = made.passes;
  expect(first?.pass).toHaveLength(64);

  const everything = [];
  for (const table of ['audit_log', 'stanzas', 'stanza_repositories', 'sealed_secrets', 'outbox'] as const) {
    everything.push(await console.ownerDb.selectFrom(table).selectAll().execute());
  }
  const text = JSON.stringify(everything);
  for (const secret of [first?.pass ?? '', 'canary']) expect(text).not.toContain(secret);

  const setup = await stanzaSetup(console.webDb, clusterId);
  expect(setup).toMatchObject({
    stanza: {
      state: 'draft',
      isManaged: true,
      repositories: [{ path: '/srv/repo' }, { storageName: 'cellar', path: '/shop/pgbackrest/main' }],
    },
    kinds: {
      setUp: expect.any(String),
      adopt: expect.any(String),
      takeOver: expect.any(String),
      backup: expect.any(String),
    },
  });

  const { workerDb: db, keyPair } = console;
  const configs = stanzaConfigs({ db, keyPair, toolUser: toolUserName(), directory: scratch.path });
  const stanza = await stanzaOfCluster(db, clusterId);
  await expect(configs.write(stanza)).rejects.toMatchObject({ next: expect.stringContaining('set-up') });
  const server = { port: 5432, socketDirectory: '/run/postgresql', user: 'backup' };
  const known = stanza && { ...stanza, dataDirectory: '/data', facts: { server } };
  const heard: string[] = [];
  const file = await configs.write(known, (secret) => heard.push(secret));
  const config = readFileSync(file, 'utf8');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(config).toContain(`repo1-cipher-pass=${first?.pass}\n`);
  expect(config).toContain('repo2-s3-endpoint=s3.example.org\nrepo2-storage-port=9000\n');
  expect(config).toContain('repo2-s3-key-secret=canary-secret\n');
  expect(heard.sort()).toEqual(
    [...made.passes.map(({ pass }) => pass), 'canary-access', 'canary-secret'].sort(),
  );
  const review = await configs.review(known, { ...server, dataDirectory: '/data' });
  for (const secret of heard) expect(review).not.toContain(secret);

  // A row that was turned to another place gets no secret.
  const moved = known && {
    ...known,
    repositories: known.repositories.map((one) => ({ ...one, path: '/elsewhere' })),
  };
  await expect(configs.write(moved)).rejects.toMatchObject({ code: 'conflict' });
});

test('a draft is replaced, an active one is not; what archives by our configuration is not given up', async () => {
  await describeStanza([{ path: '/srv/other', isEncrypted: false }], 'second');
  const setActive = async (state: 'active' | 'draft') => {
    const stanza = await stanzaOfCluster(console.ownerDb, clusterId);
    await console.ownerDb
      .updateTable('stanzas')
      .set({ state })
      .where('id', '=', stanza?.id ?? '')
      .execute();
  };
  await setActive('active');
  await expect(describeStanza([{ path: '/srv/third' }], 'third')).rejects.toMatchObject({ code: 'conflict' });
  const added = await addRepository(console.webDb, console.actor, clusterId, { path: '/srv/two' }, meta);
  expect(added.passes).toMatchObject([{ ordinal: 2 }]);
  const giveUp = (name: string) => giveUpStanza(console.webDb, console.actor, clusterId, name, meta);
  await expect(giveUp('wrong')).rejects.toMatchObject({ code: 'bad-input' });
  await expect(giveUp('second')).rejects.toMatchObject({
    next: expect.stringContaining('former archive_command'),
  });
  await setActive('draft');
  await giveUp('second');
  expect((await stanzaSetup(console.webDb, clusterId)).stanza).toBeNull();
  const adopt = { how: 'adopt', name: 'theirs', configPath: '/etc/pgbackrest.conf' } as const;
  await createStanza(console.webDb, console.actor, clusterId, adopt, meta);
  await expect(
    addRepository(console.webDb, console.actor, clusterId, { path: '/srv/two' }, meta),
  ).rejects.toMatchObject({ code: 'conflict' });
  expect((await stanzaSetup(console.webDb, clusterId)).stanza).toMatchObject({
    isManaged: false,
    configPath: '/etc/pgbackrest.conf',
  });
});
