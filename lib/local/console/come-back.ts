import { messageOf, PlumblineError } from '@/lib/base/errors';
import { newestPrograms, withConnection } from '@/lib/local/console/database-tools';
import { type DumpContents, readDumpContents } from '@/lib/local/console/dump-contents';
import { readKeyFile } from '@/lib/secrets/key-file';
import { type ComeBack, giveToWorker, isEmptyDatabase, settleComeBack } from '@/lib/store/after-come-back';
import { openStore } from '@/lib/store/db';
import { runToolOrFail } from '@/lib/tools/process';
import { type PostgresPrograms, programPath } from '@/lib/tools/programs';
import { ensureProcessRoles, migrate, type RolePasswords } from '@/migrations/migrate';

export interface ComeBackOptions {
  /** An empty database, as its owner. */
  ownerUrl: string;
  dump: string;
  /** The workers' key file; undefined: come back without what is sealed, on purpose. */
  keyFile: string | undefined;
  passwords?: RolePasswords;
  programs?: PostgresPrograms;
}

const deadlineMs = 6 * 3600_000;

/**
 * Sees that a dump can be come back from, without writing anything: it is a console's, of a version that this program
 * knows, and the key file fits it.
 *
 * @throws PlumblineError `bad-input`, `conflict` in words.
 */
export async function checkComeBack(
  dump: string,
  keyFile: string | undefined,
  given?: PostgresPrograms,
): Promise<DumpContents & { keyId: string | undefined }> {
  const contents = await readDumpContents(dump, given ?? (await newestPrograms()));
  if (keyFile === undefined || contents.keyIds.length === 0) return { ...contents, keyId: undefined };
  const which = `The passwords of the servers in this dump are sealed to the key ${contents.keyIds.join(' or ')}`;
  const next =
    'Copy the right key file there (it is kept apart from the dumps on purpose), or come back without it by --without-key: then every password must be entered again.';
  let keyId: string;
  try {
    ({ keyId } = await readKeyFile(keyFile));
  } catch (error) {
    throw new PlumblineError('bad-input', `${which}. ${messageOf(error)}`, { next, cause: error });
  }
  if (!contents.keyIds.includes(keyId)) {
    throw new PlumblineError('conflict', `${which}; ${keyFile} holds the key ${keyId}.`, { next });
  }
  return { ...contents, keyId };
}

/**
 * Brings a console back from a dump into an empty database: all in one transaction, then up to date, then what must not
 * go on is ended. A failure leaves the database as empty as it was.
 *
 * @returns what came back, and the migrations that were done on the way.
 * @throws PlumblineError `conflict` when the database is not empty, and as `checkComeBack`.
 */
export async function comeBack(
  options: ComeBackOptions,
): Promise<ComeBack & { madeAt: string; migrated: string[] }> {
  const programs = options.programs ?? (await newestPrograms());
  const contents = await checkComeBack(options.dump, options.keyFile, programs);
  const { db, close } = openStore(options.ownerUrl, { applicationName: 'plumbline-come-back', max: 1 });
  try {
    if (!(await isEmptyDatabase(db))) {
      throw new PlumblineError(
        'conflict',
        'The console database is not empty: nothing was restored over it.',
        {
          next: 'To go on with the console that is there, leave --from out. To come back all the same, give an empty database; with npm start, --replace sets the present one aside under another name.',
        },
      );
    }
    await ensureProcessRoles(options.ownerUrl);
    await withConnection(options.ownerUrl, 'plumbline-come-back', (dbname) =>
      runToolOrFail({
        argv: [
          programPath(programs, 'pg_restore'),
          dbname,
          '--no-password',
          // The owner may have another name here; what was the worker's is given back below.
          '--no-owner',
          '--single-transaction',
          '--exit-on-error',
          options.dump,
        ],
        deadlineMs,
      }),
    );
    await giveToWorker(db, contents.workerTables);
    const migrated = await migrate(options.ownerUrl, options.passwords);
    const { madeAt, keyId } = contents;
    const back = await settleComeBack(db, { file: options.dump, madeAt, keyId });
    return { ...back, madeAt, migrated };
  } finally {
    await close();
  }
}

/** What came back, for people: one line per thing worth knowing. */
export function comeBackLines(back: ComeBack & { madeAt: string; migrated: string[] }): string[] {
  const secrets =
    back.sealedSecrets === 0
      ? []
      : back.closedSecrets === 0
        ? [`all ${back.sealedSecrets} stored secrets open with the key file`]
        : [
            `${back.closedSecrets} of ${back.sealedSecrets} stored secrets need another key: enter these passwords again`,
          ];
  return [
    `came back from a dump of ${back.madeAt}`,
    `${back.people} people, ${back.clusters} clusters with ${back.instances} servers, ${back.backups} backups, ${back.runs} runs`,
    ...secrets,
    ...(back.migrated.length > 0 ? [`brought up to date: ${back.migrated.join(', ')}`] : []),
    ...(back.endedRuns > 0
      ? [
          `${back.endedRuns} runs that waited or were under way then are ended: look at them before you plan them anew`,
        ]
      : []),
    'schedules go on; one that was missed does what its own rule says',
  ];
}
