import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { requireFreePort } from '@/lib/local/busy-port';
import { readStartOptions } from '@/lib/local/options';
import { installedLines } from '@/lib/local/prerequisites';
import { openState } from '@/lib/local/state';
import { scratchDirectory } from '@/lib/testing/scratch';
import { freePort } from '@/lib/tools/ports';

const env = (extra: Record<string, string> = {}) => extra as unknown as NodeJS.ProcessEnv;

test('without options: demo, loopback, port 3000, a state folder of the system or the user', () => {
  const options = readStartOptions([], '/product', env());
  expect(options).toMatchObject({ demo: true, host: '127.0.0.1', port: 3000 });
  expect(options.stateDirectory).toMatch(/^\/var\/lib\/plumbline$|\/\.local\/state\/plumbline$/);
});

test('options and environment are taken', () => {
  const args = ['--no-demo', '--port', '3100', '--state', '/tmp/elsewhere'];
  expect(readStartOptions(args, '/product', env({ REDIS_URL: 'redis://r' }))).toMatchObject({
    demo: false,
    port: 3100,
    stateDirectory: '/tmp/elsewhere',
    redisUrl: 'redis://r',
  });
});

test.each([
  [['--surprise'], /surprise/],
  [['--port', '70000'], /70000 is not a port/],
  [['--state', '/product/state'], /inside the product/],
  [['--replace'], /belong to --from/],
  [['--from', 'd', '--key', 'k', '--without-key'], /not both/],
])('%j is refused in words', (args, message) => {
  expect(() => readStartOptions(args, '/product', env())).toThrow(message);
});

test('a dump to come back from, and where dumps go: beside the state folder unless said', () => {
  const options = readStartOptions(['--from', '/d/x.dump', '--state', '/var/s'], '/product', env());
  expect(options).toMatchObject({ from: '/d/x.dump', replace: false, dumpsDirectory: '/var/s-dumps' });
  const told = readStartOptions([], '/product', env({ PLUMBLINE_CONSOLE_DUMPS: '/mnt/dumps' }));
  expect(told).toMatchObject({ from: undefined, dumpsDirectory: '/mnt/dumps' });
});

test('a busy port is named with its holder and with what to do', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(requireFreePort(port, '127.0.0.1', 'the page', 'Choose another one.')).rejects.toMatchObject({
    message: expect.stringMatching(new RegExp(`Port ${port}.*the page.*process ${process.pid}`)),
    next: 'Choose another one.',
  });
  await new Promise((resolve) => server.close(resolve));
});

test('a state folder keeps its passwords and ports, and gives no two parts the same port', async () => {
  const scratch = scratchDirectory('state');
  const first = openState(`${scratch.path}/state`);
  const port = await first.port('console', 15_432);
  const again = openState(`${scratch.path}/state`);
  expect(again.secrets).toEqual(first.secrets);
  expect(await again.port('console', 15_432)).toBe(port);
  expect(await again.port('redis', 15_432)).not.toBe(port);
  // Somebody else took it meanwhile: the part moves, and remembers where to.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const moves: number[] = [];
  const moved = await again.freePort('console', 15_432, (from, to) => moves.push(from, to));
  expect(moves).toEqual([port, moved]);
  expect(await again.port('console', 15_432)).toBe(moved);
  await new Promise((resolve) => server.close(resolve));
  scratch.remove();
});

test('a long state folder gets a short one for sockets', () => {
  const scratch = scratchDirectory('state');
  const state = openState(`${scratch.path}/${'deep/'.repeat(12)}state`);
  expect(Buffer.byteLength(state.socketDirectory)).toBeLessThan(90);
  scratch.remove();
});

test('what was installed is listed, what was asked for first', () => {
  const needed = Array.from({ length: 12 }, (_, n) => `libsomething${n} 1.${n}-3+deb12u1`);
  const lines = installedLines(
    [...needed, 'postgresql 15+248', 'redis-server 7.0'],
    ['postgresql', 'redis-server'],
  );
  expect(lines[0]).toBe('installed postgresql 15+248, redis-server 7.0');
  expect(lines.join(' ')).toContain('libsomething11 1.11');
  for (const line of lines) expect(line.length).toBeLessThan(130);
});
