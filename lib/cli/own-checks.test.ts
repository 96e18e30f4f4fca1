import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { log } from '@/lib/base/server/log';
import { updateInstance } from '@/lib/store/instances';
import { type StartedApi, startApiServer } from '@/lib/testing/api-server';
import { cliOf, type RunCli, tokenFor } from '@/lib/testing/cli';
import { addTestInstance, superuserLogin, type TestConsole, testConsole } from '@/lib/testing/console';
import { scratchDirectory } from '@/lib/testing/scratch';
import { type TestWeb, testWeb } from '@/lib/testing/web';
import { startTrials, type Trials } from '@/workers/trials';

let web: TestWeb;
let console: TestConsole;
let api: StartedApi;
let trials: Trials;
let dba: RunCli;
let viewer: RunCli;

// The console's own server is watched: one server less to start.
beforeAll(async () => {
  web = await testWeb();
  [console, api] = await Promise.all([testConsole(web.console), startApiServer()]);
  const { server } = web.console;
  const added = await addTestInstance(console, server, { name: 'first', logins: [superuserLogin(server)] });
  await updateInstance(console.ownerDb, added.instanceId, { state: 'active' });
  const { workerDb: db, keyPair } = console;
  trials = startTrials({
    db,
    keyPair,
    log,
    notifier: { hint: () => {} },
    pools: ['default'],
    sweepSeconds: 0.2,
  });
  dba = cliOf(api.url, await tokenFor('dba'));
  viewer = cliOf(api.url, await tokenFor('viewer'));
});
afterAll(async () => {
  await trials.stop();
  await api.close();
  await console.close();
  await web.close();
});

const file = `checks:
  - name: settings-set
    title: Settings that are set
    sql: |
      select source, count(*) as n
      from pg_catalog.pg_settings
      group by source
    columns:
      - { name: source, role: key }
      - { name: n, role: gauge }
    judge:
      - { column: n, warn: 100000 }
`;

test('checks of one’s own come from a file, are tried, switched on, and go back into a file', async () => {
  const scratch = scratchDirectory('cli');
  const path = `${scratch.path}/checks.yaml`;
  writeFileSync(path, file);
  const refused = await viewer(['checks', 'import', path]);
  expect(refused.code).not.toBe(0);
  expect(refused.error).toContain('needs the role dba');

  const imported = await dba(['checks', 'import', path, '--try', 'first', '--on']);
  expect(imported.error).toBe('');
  expect(imported.out).toMatch(/own\/settings-set +added +1 +yes +passed +\d+ rows in/);
  expect(imported.code).toBe(0);
  expect((await viewer(['checks', 'list'])).out).toContain('own/settings-set');
  expect((await dba(['checks', 'export', 'own/settings-set'])).out).toBe(
    (await dba(['checks', 'export'])).out,
  );
  const exported = await dba(['checks', 'export']);
  const again = await dba(['checks', 'import', '-', '--json'], { stdin: exported.out });
  expect(JSON.parse(again.out).items).toMatchObject([{ outcome: 'unchanged', enabled: true }]);

  const broken = await dba(['checks', 'import', '-', '--try', 'first'], {
    stdin: exported.out.replace('pg_catalog.pg_settings', 'public.nothing'),
  });
  expect(broken.out).toMatch(/changed +2 +no +failed .*does not exist/);
  expect(broken.code).toBe(1);
  scratch.remove();
});
