import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serveWeb, trustOnlyOwnProxies } from '@/lib/http/serve';
import { openStore } from '@/lib/store/db';
import { closeWebStore } from '@/lib/store/web-store';
import { consoleDatabase } from '@/lib/testing/console-database';
import { testOrigin, testSecret } from '@/lib/testing/web';

function requestFrom(address: string, headers: Record<string, string>): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, headers);
  return request;
}

describe('trustOnlyOwnProxies', () => {
  it('believes the socket when there is no proxy of ours', () => {
    const request = requestFrom('192.0.2.1', { 'x-forwarded-for': '10.0.0.1, 10.0.0.2' });
    trustOnlyOwnProxies(request, 0);
    expect(request.headers['x-forwarded-for']).toBe('192.0.2.1');
  });

  it('believes what the outermost proxy of ours has seen', () => {
    const request = requestFrom('10.0.0.9', { 'x-forwarded-for': '6.6.6.6, 192.0.2.1, 10.0.0.8' });
    trustOnlyOwnProxies(request, 2);
    expect(request.headers['x-forwarded-for']).toBe('192.0.2.1');
    const bare = requestFrom('192.0.2.1', {});
    trustOnlyOwnProxies(bare, 1);
    expect(bare.headers['x-forwarded-for']).toBe('192.0.2.1');
  });

  it('drops what no client may say', () => {
    const request = requestFrom('192.0.2.1', {
      'x-middleware-subrequest': 'proxy',
      'x-forwarded-host': 'evil',
      host: 'a',
    });
    trustOnlyOwnProxies(request, 0);
    expect(request.headers).toEqual({ host: 'a', 'x-forwarded-for': '192.0.2.1' });
  });
});

describe('serveWeb', () => {
  afterEach(async () => closeWebStore());

  it('refuses to start with a missing or short secret', async () => {
    await closeWebStore();
    process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none';
    process.env.NEXTAUTH_URL = testOrigin;
    for (const secret of [undefined, 'short']) {
      if (secret === undefined) delete process.env.NEXTAUTH_SECRET;
      else process.env.NEXTAUTH_SECRET = secret;
      await expect(serveWeb('/nonexistent')).rejects.toThrow(/NEXTAUTH_SECRET/);
    }
  });

  it('refuses a console database of another version', async () => {
    const database = await consoleDatabase();
    process.env.DATABASE_URL = database.webUrl;
    process.env.NEXTAUTH_SECRET = testSecret;
    process.env.NEXTAUTH_URL = testOrigin;
    const owner = openStore(database.ownerUrl, { applicationName: 'test' });
    const row = { name: '9999-of-the-future', timestamp: 'now' };
    await owner.db.insertInto('kysely_migration').values(row).execute();
    await expect(serveWeb('/nonexistent')).rejects.toThrow(/newer than this program/);
    await owner.db.deleteFrom('kysely_migration').where('name', '>', '0002').execute();
    await expect(serveWeb('/nonexistent')).rejects.toThrow(/this program needs/);
    await owner.db.deleteFrom('kysely_migration').execute();
    await expect(serveWeb('/nonexistent')).rejects.toThrow(/no version/);
    await owner.close();
    await closeWebStore();
    await database.drop();
  });
});
