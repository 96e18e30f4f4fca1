import { messageOf } from '@/lib/base/errors';
import { log } from '@/lib/base/server/log';
import { migrate } from '@/migrations/migrate';

/** `plumbline migrate`: DATABASE_URL is the owner's; the role passwords are set when they are given. */
export async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const url = env.DATABASE_URL;
  if (!url) {
    log.error('DATABASE_URL is not set: give the address of the console database as its owner.');
    return 2;
  }
  const web = env.PLUMBLINE_WEB_PASSWORD;
  const worker = env.PLUMBLINE_WORKER_PASSWORD;
  try {
    const done = await migrate(url, web && worker ? { webPassword: web, workerPassword: worker } : undefined);
    log.info({ done }, done.length ? 'the console database is up to date' : 'nothing to migrate');
    return 0;
  } catch (error) {
    log.error({ err: error }, messageOf(error));
    return 1;
  }
}

process.exitCode = await main(process.env);
