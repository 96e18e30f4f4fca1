import { readEnv, type WebEnv, webEnvSchema } from '@/lib/base/server/env';
import { log } from '@/lib/base/server/log';
import { openStore, type Store } from '@/lib/store/db';
import { assertSchemaVersion } from '@/lib/store/schema-version';

interface WebProcess {
  env: WebEnv;
  db: Store;
  close(): Promise<void>;
  /** Set once the schema was seen to be ours; until then each request looks again. */
  schemaOk: boolean;
}

// Next loads a module once per layer (pages, routes); the pool is one per process all the same.
const holder = globalThis as typeof globalThis & { plumblineWeb?: WebProcess };

function webProcess(): WebProcess {
  if (holder.plumblineWeb) return holder.plumblineWeb;
  const env = readEnv(webEnvSchema);
  const { db, close } = openStore(env.DATABASE_URL, {
    applicationName: 'plumbline-web',
    max: 15,
    onError: (error) => log.warn({ err: error }, 'a connection to the console database broke'),
  });
  holder.plumblineWeb = { env, db, close, schemaOk: false };
  return holder.plumblineWeb;
}

/** The environment of the web process, checked. @throws PlumblineError naming each variable that is wrong. */
export function webEnv(): WebEnv {
  return webProcess().env;
}

/**
 * The web process's own database, one pool per process.
 *
 * @throws PlumblineError `bad-input` when the environment is not complete (no NEXTAUTH_SECRET: nothing is served);
 *   `conflict` when the database is of another version.
 */
export async function webStore(): Promise<Store> {
  const web = webProcess();
  if (!web.schemaOk) {
    await assertSchemaVersion(web.db);
    web.schemaOk = true;
  }
  return web.db;
}

/** The pool without the check of its version: only for the health route, which reports on that. */
export function uncheckedWebStore(): Store {
  return webProcess().db;
}

/** Closes the pool; the next call opens a new one. For the end of the process and for tests. */
export async function closeWebStore(): Promise<void> {
  const web = holder.plumblineWeb;
  holder.plumblineWeb = undefined;
  await web?.close();
}
