import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RouteHandler } from '@/lib/http/route';

const folder = fileURLToPath(new URL('../../app/api/v1', import.meta.url));

interface Route {
  pattern: RegExp;
  names: string[];
  file: string;
}

/** `instances/[id]/tests/[testId]/route.ts` as a pattern; fixed words win over parameters. */
function routesOf(): Route[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'route.ts')
    .sort((a, b) => Number(a.includes('[')) - Number(b.includes('[')))
    .map((file) => {
      const parts = path.dirname(file).split(path.sep);
      const names = parts.filter((part) => part.startsWith('[')).map((part) => part.slice(1, -1));
      const source = parts.map((part) => (part.startsWith('[') ? '([^/]+)' : part)).join('/');
      return { pattern: new RegExp(`^/api/v1/${source}$`), names, file: path.join(folder, file) };
    });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface StartedApi {
  url: string;
  close(): Promise<void>;
}

/** Serves the API's route handlers over HTTP without next: what the command line talks to in tests. */
export async function startApiServer(): Promise<StartedApi> {
  const routes = routesOf();
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://console.test');
      const found = routes.find((route) => route.pattern.test(url.pathname));
      const module: Record<string, RouteHandler | undefined> = found ? await import(found.file) : {};
      const handler = module[request.method ?? 'GET'];
      if (!found || !handler) {
        response.writeHead(404).end('no such route');
        return;
      }
      const values = found.pattern.exec(url.pathname)?.slice(1) ?? [];
      const params = Object.fromEntries(
        found.names.map((name, at) => [name, decodeURIComponent(values[at] ?? '')]),
      );
      const body = await bodyOf(request);
      const answer = await handler(
        new Request(url, {
          method: request.method,
          headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]),
          body: body.length > 0 ? body.toString('utf8') : undefined,
        }),
        { params: Promise.resolve(params) },
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
