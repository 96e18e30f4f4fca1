import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectOptions, connectInstance } from '@/lib/instance/connect';
import { InstanceError } from '@/lib/instance/instance-error';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { writeSecretFile } from '@/lib/tools/files';
import { runToolOrFail } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

let server: TestPostgres;
let certificates: { path: string; remove(): void };

beforeAll(async () => {
  server = await startPostgres();
  certificates = scratchDirectory('tls');
});
afterAll(async () => {
  await server.stop();
  certificates.remove();
});

function options(overrides: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    host: '127.0.0.1',
    port: server.port,
    database: 'postgres',
    tlsMode: 'disable',
    user: 'postgres',
    password: server.password,
    applicationName: 'plumbline-test',
    connectTimeoutMs: 3_000,
    ...overrides,
  };
}

async function reasonOf(work: Promise<unknown>): Promise<InstanceError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof InstanceError)) throw new Error(`expected an InstanceError, got ${String(error)}`);
  return error;
}

/** A peer that is no PostgreSQL: what it does with each connection is the test's. */
async function peer(onConnection: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    port: address.port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('numbers and booleans come as such, everything that would lose digits as text', async () => {
  const session = await connectInstance(options());
  const [row] = await session.query(
    `select 1.5::float8 as f, 7::int4 as i, 2::int2 as s, 9007199254740993::int8 as big, 1.10::numeric as n,
       true as yes, null::int4 as nothing, timestamptz '2026-01-02 03:04:05.678901+01' as at, $1::text as bound`,
    ['it\'s; "x"'],
  );
  expect(row).toEqual({
    f: 1.5,
    i: 7,
    s: 2,
    big: '9007199254740993',
    n: '1.10',
    yes: true,
    nothing: null,
    at: '2026-01-02 02:04:05.678901+00',
    bound: 'it\'s; "x"',
  });
  expect(session.serverVersionNum).toBeGreaterThanOrEqual(140_000);
  expect(session.backendPid).toBeGreaterThan(0);
  expect(session.pooled).toBe(false);
  await session.close();
  expect(session.isOpen()).toBe(false);
  expect((await reasonOf(session.query('select 1'))).reason).toBe('dropped');
});

test('one call is one statement, and a function in public is never found by its bare name', async () => {
  const session = await connectInstance(options());
  const refused = await reasonOf(session.query('select 1; select 2'));
  expect(refused.sqlState).toBe('42601');
  await session.query('create function public.planted() returns int language sql as $$ select 1 $$');
  expect((await reasonOf(session.query('select planted()'))).sqlState).toBe('42883');
  await session.query('drop function public.planted()');
  await session.close();
});

test('a statement past its deadline is cancelled on the server and the session lives on', async () => {
  const session = await connectInstance(options());
  const watcher = await connectInstance(options());
  const started = Date.now();
  const error = await reasonOf(session.query('select pg_sleep(60)', [], { deadlineMs: 200 }));
  expect(error.reason).toBe('timed-out');
  expect(Date.now() - started).toBeLessThan(2_000);
  const [left] = await watcher.query(
    `select count(*)::int4 as n from pg_stat_activity where pid = $1 and state = 'active'`,
    [session.backendPid],
  );
  expect(left?.n).toBe(0);
  expect(await session.query('select 1::int4 as one')).toEqual([{ one: 1 }]);
  await session.close();
  await watcher.close();
});

test('an abort ends the statement on the server and the session', async () => {
  const stop = new AbortController();
  const session = await connectInstance(options({ signal: stop.signal }));
  const watcher = await connectInstance(options());
  const asked = reasonOf(session.query('select pg_sleep(60)'));
  setTimeout(() => stop.abort(), 50);
  expect((await asked).reason).toBe('cancelled');
  expect(session.isOpen()).toBe(false);
  const deadline = Date.now() + 5_000;
  for (;;) {
    const [left] = await watcher.query('select count(*)::int4 as n from pg_stat_activity where pid = $1', [
      session.backendPid,
    ]);
    if (left?.n === 0) break;
    if (Date.now() > deadline) throw new Error('the backend is still there');
  }
  await session.close();
  await watcher.close();
});

test('an answer above the cap is refused before it is gathered', async () => {
  const session = await connectInstance(options({ maxAnswerBytes: 100_000 }));
  expect((await session.query(`select repeat('x', 50000) as x`)).length).toBe(1);
  const error = await reasonOf(session.query(`select repeat('x', 1000) from generate_series(1, 100000)`));
  expect(error.reason).toBe('too-large');
  expect(session.isOpen()).toBe(false);
  const one = await connectInstance(options({ maxAnswerBytes: 100_000 }));
  expect((await reasonOf(one.query(`select repeat('x', 200000000)`))).reason).toBe('too-large');
  await one.close();
});

test('wrong password, role, database, port and host are each named', async () => {
  expect((await reasonOf(connectInstance(options({ password: 'wrong' })))).reason).toBe('wrong-password');
  expect((await reasonOf(connectInstance(options({ password: '' })))).reason).not.toBe('timed-out');
  expect((await reasonOf(connectInstance(options({ database: 'nowhere' })))).reason).toBe('unknown-database');
  expect((await reasonOf(connectInstance(options({ host: 'no-such-host.invalid' })))).reason).toBe(
    'unknown-host',
  );
  const closed = await peer(() => {});
  closed.close();
  const refused = await reasonOf(connectInstance(options({ port: closed.port })));
  expect(refused.reason).toBe('refused');
  expect(refused.next).toBeTruthy();
});

test('a server that accepts and never answers is given up at the deadline', async () => {
  const silent = await peer(() => {});
  for (const tlsMode of ['disable', 'verify-full'] as const) {
    const started = Date.now();
    const error = await reasonOf(
      connectInstance(options({ port: silent.port, tlsMode, connectTimeoutMs: 300 })),
    );
    expect(error.reason).toBe('timed-out');
    expect(Date.now() - started).toBeLessThan(1_500);
  }
  silent.close();
});

test('a server that drips a byte at a time is given up at the deadline', async () => {
  const drip = await peer((socket) => {
    const timer = setInterval(() => socket.write('N'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  const error = await reasonOf(connectInstance(options({ port: drip.port, connectTimeoutMs: 400 })));
  expect(['timed-out', 'too-large', 'not-postgres']).toContain(error.reason);
  drip.close();
});

test('a peer that answers the handshake with an endless message is cut off', async () => {
  const flood = await peer((socket) => {
    socket.once('data', () => {
      const head = Buffer.from([0x53, 0x7f, 0xff, 0xff, 0xff]);
      socket.write(head);
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024, 120))) {}
      };
      socket.on('drain', more);
      more();
    });
  });
  expect((await reasonOf(connectInstance(options({ port: flood.port })))).reason).toBe('too-large');
  flood.close();
});

test('a password is not sent to a peer that asks for it in clear text or as MD5', async () => {
  for (const request of [Buffer.from([0, 0, 0, 3]), Buffer.from([0, 0, 0, 5, 1, 2, 3, 4])]) {
    const heard: Buffer[] = [];
    const thief = await peer((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk);
        if (heard.length === 1) socket.write(message('R', request));
      });
    });
    const error = await reasonOf(connectInstance(options({ port: thief.port, password: 'hunter2-secret' })));
    expect(error.reason).toBe('weak-password-request');
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('hunter2');
    expect(heard.length).toBe(1);
    thief.close();
  }
});

test('a server before 14 is refused by its number', async () => {
  const old = await peer((socket) => {
    socket.once('data', () => {
      const ready = message('Z', Buffer.from('I'));
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('K', Buffer.alloc(8)), ready]));
      socket.on('data', () => {
        const names = ['version', 'pid', 'path'];
        const fields = names.map((name, index) => {
          const field = Buffer.alloc(18);
          field.writeInt32BE(index === 2 ? 25 : 23, 6);
          return Buffer.concat([Buffer.from(`${name}\0`), field]);
        });
        const values = ['130004', '12', 'x'].map((value) => {
          const length = Buffer.alloc(4);
          length.writeInt32BE(value.length);
          return Buffer.concat([length, Buffer.from(value)]);
        });
        const count = Buffer.from([0, names.length]);
        socket.write(
          Buffer.concat([
            message('1', Buffer.alloc(0)),
            message('2', Buffer.alloc(0)),
            message('T', Buffer.concat([count, ...fields])),
            message('D', Buffer.concat([count, ...values])),
            message('C', Buffer.from('SELECT 1\0')),
            ready,
          ]),
        );
      });
    });
  });
  const error = await reasonOf(connectInstance(options({ port: old.port })));
  expect(error.reason).toBe('too-old');
  expect(error.message).toContain('13.4');
  old.close();
});

async function makeCertificate(name: string, host: string): Promise<{ key: string; cert: string }> {
  const key = `${certificates.path}/${name}.key`;
  const cert = `${certificates.path}/${name}.crt`;
  const subject = `${/^[0-9.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`;
  await runToolOrFail({
    argv: [
      'openssl',
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key],
      ...['-out', cert, '-subj', `/CN=${host}`, '-addext', `subjectAltName=${subject}`],
    ],
    deadlineMs: 30_000,
  });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

test('TLS: refused by the server, unknown authority, another name, and each mode when it is right', async () => {
  const noTls = await reasonOf(connectInstance(options({ tlsMode: 'verify-full' })));
  expect(noTls.reason).toBe('tls-refused');

  const right = await makeCertificate('right', '127.0.0.1');
  const other = await makeCertificate('other', 'db.example.org');
  const secured = await startPostgres();
  const install = async (pair: { key: string; cert: string }) => {
    writeSecretFile(`${secured.dataDir}/server.key`, pair.key, toolUserName());
    writeSecretFile(`${secured.dataDir}/server.crt`, pair.cert, toolUserName());
    await secured.restart({ ssl: true });
  };
  const at = (overrides: Partial<ConnectOptions>) =>
    options({ port: secured.port, password: secured.password, ...overrides });

  await install(right);
  expect((await reasonOf(connectInstance(at({ tlsMode: 'verify-full' })))).reason).toBe('certificate');
  const session = await connectInstance(at({ tlsMode: 'verify-full', tlsCa: right.cert }));
  expect(session.tls).toBe(true);
  expect(await session.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([
    { ssl: true },
  ]);
  expect((await reasonOf(session.query('select pg_sleep(60)', [], { deadlineMs: 150 }))).reason).toBe(
    'timed-out',
  );
  expect(session.isOpen()).toBe(true);
  await session.close();

  await install(other);
  const mismatch = await reasonOf(connectInstance(at({ tlsMode: 'verify-full', tlsCa: other.cert })));
  expect(mismatch.reason).toBe('certificate');
  for (const mode of [{ tlsMode: 'verify-ca', tlsCa: other.cert }, { tlsMode: 'require' }] as const) {
    const weaker = await connectInstance(at(mode));
    expect(weaker.tls).toBe(true);
    await weaker.close();
  }
  await secured.stop();
});

test('a server with no connection left says so', async () => {
  const small = await startPostgres({
    config: { max_connections: 4, superuser_reserved_connections: 0, max_wal_senders: 0 },
  });
  const at = options({ port: small.port, password: small.password });
  const open = await Promise.all([1, 2, 3, 4].map(() => connectInstance(at)));
  expect((await reasonOf(connectInstance(at))).reason).toBe('too-many-connections');
  await small.kill();
  expect((await reasonOf(open[0]?.query('select 1') ?? Promise.resolve())).reason).toBe('dropped');
  await Promise.all(open.map((session) => session.close()));
  await small.stop();
});
