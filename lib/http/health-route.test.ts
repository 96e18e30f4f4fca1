import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthRoute } from '@/lib/http/health-route';
import { openStore } from '@/lib/store/db';
import { closeWebStore } from '@/lib/store/web-store';
import { type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

async function health() {
  const response = await healthRoute();
  return { status: response.status, ...((await response.json()) as object) };
}

describe('the health route', () => {
  it('is well on a database of our version', async () => {
    expect(await health()).toEqual({ status: 200, ok: true, database: 'up', schema: 'ok' });
  });

  it('is not well on another version', async () => {
    const owner = openStore(web.console.ownerUrl, { applicationName: 'test' });
    await owner.db.insertInto('kysely_migration').values({ name: '9999-later', timestamp: 'now' }).execute();
    expect(await health()).toEqual({ status: 503, ok: false, database: 'up', schema: 'foreign' });
    await owner.close();
  });

  it('is not well without a database, and tells nobody where it was', async () => {
    await closeWebStore();
    process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none';
    expect(await health()).toEqual({ status: 503, ok: false, database: 'down', schema: 'unknown' });
  });
});
