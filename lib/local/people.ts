import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { ensureFirstAdministrator } from '@/lib/commands/first-administrator';
import { ensureLocalToken } from '@/lib/commands/local-token';
import { openStore, type Store } from '@/lib/store/db';
import { writeSecretFile } from '@/lib/tools/files';

/** Opens the console database for a few acts of the start itself. */
export async function withStore<T>(url: string, use: (db: Store) => Promise<T>): Promise<T> {
  const { db, close } = openStore(url, { applicationName: 'plumbline-start', max: 1 });
  try {
    return await use(db);
  } finally {
    await close();
  }
}

/** Where the command line finds address and token of the console that this user started. */
export function configDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'plumbline');
}

/**
 * The first administrator (returned only when it was made now) and the command line's token, which only the user who
 * started us can read.
 */
export async function ensurePeople(
  webUrl: string,
  address: string,
): Promise<{ email: string; password: string } | null> {
  return withStore(webUrl, async (db) => {
    const administrator = await ensureFirstAdministrator(db);
    const token = await ensureLocalToken(db);
    const directory = configDirectory();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeSecretFile(`${directory}/token`, `${token}\n`);
    writeSecretFile(`${directory}/address`, `${address}\n`);
    return administrator;
  });
}
