import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET, PUT } from '@/app/api/v1/instances/[id]/host/route';
import { hostSchema } from '@/lib/contract/hosts';
import { processorsOf } from '@/lib/queries/hosts';
import { recordResults } from '@/lib/store/check-results';
import { addWatched } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TestConsole;
beforeAll(async () => {
  web = await testWeb();
  console = await testConsole(web.console);
});
afterAll(async () => {
  await console.close();
  await web.close();
});

test('a dba says where facts of a machine come from; addresses that hide something are refused', async () => {
  const { instanceId } = await addWatched(console, web.console.server);
  const params = { id: instanceId };
  const { cookie } = await web.signedIn('dba');
  const put = (body: unknown, as = cookie) => callRoute(PUT, { method: 'PUT', params, cookie: as, body });
  const typed = { processors: 8, diskBytes: 1e12 };
  const saved = await put({ exporterUrl: 'http://db1:9100/metrics', typed });
  expect(hostSchema.parse(await saved.json())).toMatchObject({
    exporterUrl: 'http://db1:9100/metrics',
    typed,
    worker: null,
    processors: null,
  });
  for (const url of ['ftp://db1/', 'http://me:secret@db1:9100/', 'db1:9100']) {
    expect((await put({ exporterUrl: url, typed: null })).status).toBe(422);
  }
  const { cookie: viewer } = await web.signedIn('viewer');
  expect((await put({ exporterUrl: null, typed: null }, viewer)).status).toBe(403);
  const seen = hostSchema.parse(await (await callRoute(GET, { params, cookie: viewer })).json());
  expect(seen.checks).toHaveLength(3);

  const rows = [{ source: 'typed in', processors: 8 }];
  for (const checkId of seen.checks) {
    const result = {
      checkId,
      database: '',
      state: 'ok' as const,
      reason: null,
      mend: null,
      rows,
      durationMs: 1,
    };
    await recordResults(console.workerDb, instanceId, new Date().toISOString(), [result]);
  }
  expect(await processorsOf(web.db, instanceId)).toMatchObject({ count: 8, source: 'typed in' });
});
