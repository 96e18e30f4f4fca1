import { messageOf, PlumblineError } from '@/lib/base/errors';
import { log } from '@/lib/base/server/log';
import { dumpConsole, keptDumps } from '@/lib/local/console/dump';

/** `plumbline dump-console`, for a nightly timer: DATABASE_URL is the owner's, PLUMBLINE_CONSOLE_DUMPS the folder. */
async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const { DATABASE_URL: ownerUrl, PLUMBLINE_CONSOLE_DUMPS: folder, PLUMBLINE_KEY_FILE: keyFile } = env;
  if (!ownerUrl || !folder?.startsWith('/')) {
    log.error(
      'DATABASE_URL (the console database as its owner) and PLUMBLINE_CONSOLE_DUMPS (an absolute path) must be set.',
    );
    return 2;
  }
  try {
    const { path, bytes } = await dumpConsole({ ownerUrl, folder, keep: keptDumps, keyFile });
    log.info({ path, bytes }, 'the console database is dumped and the dump was read back');
    return 0;
  } catch (error) {
    log.error({ err: error }, messageOf(error));
    if (error instanceof PlumblineError && error.next) log.error(error.next);
    return 1;
  }
}

process.exitCode = await main(process.env);
