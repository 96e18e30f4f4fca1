import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import { writeSecretFile } from '@/lib/tools/files';
import { findPostgresPrograms, type PostgresPrograms } from '@/lib/tools/programs';

/** The newest client programs here: pg_dump reads servers that are older than itself, not newer ones. */
export async function newestPrograms(): Promise<PostgresPrograms> {
  const [programs] = await findPostgresPrograms();
  if (programs) return programs;
  throw new PlumblineError('not-supported', 'pg_dump and pg_restore are not installed here.', {
    next: 'Install the package postgresql-client.',
  });
}

/**
 * Hands out the `--dbname` of a console database for PostgreSQL's programs: its address without the password, which is
 * in a passfile that only we can read and that is gone afterwards (manual: 34.16).
 */
export async function withConnection<T>(
  url: string,
  applicationName: string,
  use: (dbname: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumbline-console-'));
  try {
    const address = new URL(url);
    const password = decodeURIComponent(address.password).replaceAll('\\', '\\\\').replaceAll(':', '\\:');
    address.password = '';
    writeSecretFile(`${folder}/passfile`, `*:*:*:*:${password}\n`);
    address.searchParams.set('passfile', `${folder}/passfile`);
    address.searchParams.set('application_name', applicationName);
    return await use(`--dbname=${address.toString()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
