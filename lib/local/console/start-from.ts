import { copyFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { quoteIdent } from '@/lib/instance/quote';
import { keyFile } from '@/lib/local/applications';
import { checkComeBack, comeBack, comeBackLines } from '@/lib/local/console/come-back';
import { asRole } from '@/lib/local/console-servers';
import type { StartOptions } from '@/lib/local/options';
import type { Progress } from '@/lib/local/progress';
import { ensureDatabase, withSession } from '@/lib/local/sql';
import type { LocalState } from '@/lib/local/state';
import type { PostgresPrograms } from '@/lib/tools/programs';

const stampOf = (date: Date) => date.toISOString().replaceAll(/[-:]|\.\d+/g, '');

/**
 * `npm start -- --from DUMP`: brings the console back into this state folder's database before anything else uses it.
 * What is there already is refused, or with --replace set aside under another name; a failure puts it back.
 *
 * @throws PlumblineError in words, before anything was changed, when dump, key or place do not fit.
 */
export async function startFrom(
  options: StartOptions & { from: string },
  state: LocalState,
  ownerUrl: string,
  programs: PostgresPrograms,
  progress: Progress,
): Promise<void> {
  const own = keyFile(state);
  const key = options.withoutKey ? undefined : (options.keyFile ?? own);
  if (options.replace && options.databaseUrl) {
    throw new PlumblineError('bad-input', '--replace is for the console database of npm start alone.', {
      next: 'Make an empty database on your server and give its address in DATABASE_URL.',
    });
  }
  await checkComeBack(options.from, key, programs);
  const setAside = options.replace ? await putAside(ownerUrl, state) : undefined;
  try {
    const passwords = { webPassword: state.secrets.consoleWeb, workerPassword: state.secrets.consoleWorker };
    const back = await comeBack({ ownerUrl, dump: options.from, keyFile: key, passwords, programs });
    for (const line of comeBackLines(back)) progress.note(line);
  } catch (error) {
    await setAside?.undo();
    throw error;
  }
  if (setAside) progress.note(`the console that was here is the database ${setAside.name} now`);
  if (key && key !== own) {
    if (existsSync(own)) renameSync(own, `${own}.before-${stampOf(new Date())}`);
    state.folder('keys', false);
    copyFileSync(key, own);
    progress.note(`key file copied to ${own}`);
  }
  // The dump tells of a demo on another machine: a new one would have other passwords and stand beside it.
  if (!existsSync(`${state.directory}/demo`)) writeFileSync(noDemoFile(state), `${options.from}\n`);
}

const noDemoFile = (state: LocalState) => `${state.directory}/no-demo`;

/** False in a state folder whose console came back from elsewhere: its fleet is in the dump. */
export function mayHaveDemo(state: LocalState): boolean {
  return !existsSync(noDemoFile(state));
}

async function putAside(
  ownerUrl: string,
  state: LocalState,
): Promise<{ name: string; undo(): Promise<void> } | undefined> {
  const address = new URL(ownerUrl);
  const database = decodeURIComponent(address.pathname.slice(1));
  const owner = decodeURIComponent(address.username);
  address.pathname = '/postgres';
  const superuserUrl = asRole(address.toString(), 'postgres', state.secrets.consoleSuperuser);
  const name = `${database}_before_${stampOf(new Date()).toLowerCase()}`;
  const [from, to] = [quoteIdent(database), quoteIdent(name)];
  await withSession(superuserUrl, async (session) => {
    await session.run(`alter database ${from} rename to ${to}`);
    await ensureDatabase(session, database, owner);
  });
  return {
    name,
    undo: () =>
      withSession(superuserUrl, async (session) => {
        await session.run(`drop database ${from}`);
        await session.run(`alter database ${to} rename to ${from}`);
      }),
  };
}
