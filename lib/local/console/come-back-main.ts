import { messageOf, PlumblineError } from '@/lib/base/errors';
import { log } from '@/lib/base/server/log';
import { comeBack, comeBackLines } from '@/lib/local/console/come-back';

/**
 * `plumbline restore-console DUMP [--without-key]`: into the empty database of DATABASE_URL, as its owner. The roles'
 * passwords are set when they are given, as by `plumbline migrate`.
 */
async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const { DATABASE_URL: ownerUrl, PLUMBLINE_FROM: dump, PLUMBLINE_KEY_FILE: keyFile } = env;
  const withoutKey = env.PLUMBLINE_WITHOUT_KEY === 'yes';
  if (!ownerUrl || !dump || (!keyFile && !withoutKey)) {
    log.error(
      'Give the dump, DATABASE_URL (an empty database as its owner), and PLUMBLINE_KEY_FILE or --without-key.',
    );
    return 2;
  }
  const [web, worker] = [env.PLUMBLINE_WEB_PASSWORD, env.PLUMBLINE_WORKER_PASSWORD];
  try {
    const back = await comeBack({
      ownerUrl,
      dump,
      keyFile: withoutKey ? undefined : keyFile,
      passwords: web && worker ? { webPassword: web, workerPassword: worker } : undefined,
    });
    for (const line of comeBackLines(back)) log.info(line);
    return 0;
  } catch (error) {
    log.error({ err: error }, messageOf(error));
    if (error instanceof PlumblineError && error.next) log.error(error.next);
    return 1;
  }
}

process.exitCode = await main(process.env);
