import { createServer, type IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import next from 'next';
import { z } from 'zod';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { readEnv } from '@/lib/base/server/env';
import { log } from '@/lib/base/server/log';
import { closeWebStore, webStore } from '@/lib/store/web-store';

const serveEnvSchema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  HOSTNAME: z.string().min(1).default('127.0.0.1'),
  /** How many proxies of our own stand before this process; each adds one entry to X-Forwarded-For. */
  PLUMBLINE_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
});

// What only a proxy of our own may say, and what no client may say at all (CVE-2025-29927).
const refusedHeaders = [
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-middleware-subrequest',
  'x-nonce',
  'x-plumbline-path',
];

/**
 * Leaves one address in X-Forwarded-For: the one that the outermost proxy of our own has seen, without proxies the
 * socket's. Whatever the client has put there itself is gone: attempts to sign in are counted by it.
 */
export function trustOnlyOwnProxies(request: IncomingMessage, proxies: number): void {
  const socket = request.socket.remoteAddress ?? '';
  const said = [request.headers['x-forwarded-for'] ?? []]
    .flat()
    .join(',')
    .split(',')
    .filter((part) => part.trim());
  const seen = [...said, socket].map((part) => part.trim());
  request.headers['x-forwarded-for'] = seen.at(-1 - proxies) ?? seen[0] ?? '';
  for (const name of refusedHeaders) delete request.headers[name];
}

function endConnections(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Event streams never end by themselves; pages open them again elsewhere or later.
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}

/**
 * The web process: `node dist/web.mjs`. It refuses to start without its environment (NEXTAUTH_SECRET of 32 characters
 * above all) and on a console database of another version; TERM lets requests end.
 *
 * @param root where .next, next.config.mjs and node_modules are.
 * @returns a function that stops it. @throws PlumblineError naming what is missing.
 */
export async function serveWeb(root: string): Promise<() => Promise<void>> {
  const env = readEnv(serveEnvSchema);
  await webStore();
  const app = next({ dev: false, dir: root, hostname: env.HOSTNAME, port: env.PORT });
  await app.prepare();
  const handle = app.getRequestHandler();
  const server = createServer((request, response) => {
    trustOnlyOwnProxies(request, env.PLUMBLINE_TRUSTED_PROXIES);
    void handle(request, response);
  });
  // Nothing here speaks WebSocket; an upgrade would only reach code that nobody needs.
  server.on('upgrade', (_request, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new PlumblineError('conflict', `Port ${env.PORT} on ${env.HOSTNAME} is in use.`, {
              next: 'Set PORT to a free one, or stop what listens there.',
            })
          : error,
      ),
    );
    server.listen(env.PORT, env.HOSTNAME, resolve);
  });
  log.info({ host: env.HOSTNAME, port: env.PORT }, 'the web process serves');
  return async () => {
    await endConnections(server);
    await app.close();
    await closeWebStore();
  };
}

/** Serves until TERM or INT. @returns the exit code when it cannot start. */
export async function main(): Promise<number | undefined> {
  try {
    const stop = await serveWeb(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void stop().then(() => process.exit(0)));
    }
    return undefined;
  } catch (error) {
    const next = error instanceof PlumblineError ? error.next : undefined;
    log.fatal({ err: error, next }, messageOf(error));
    return 1;
  }
}
