import type { LocalState } from '@/lib/local/state';
import { makeOwnedDirectory, replaceSecretFile } from '@/lib/tools/files';
import { backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestFolders, renderConfig } from '@/lib/tools/pgbackrest/config';
import { runToolOrFail } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

/** The stanza of the demo, as it is registered with the console. */
export const demoStanza = 'demo';

/** Where the configuration of the demo's stanza is: it is adopted as somebody's who had pgBackRest before us. */
export function demoConfigFile(state: LocalState): string {
  return `${state.folder('demo')}/pgbackrest.conf`;
}

interface Place {
  dataDirectory: string;
  port: number;
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The archive_command of one of the demo's servers: whichever is primary archives into the one stanza, each from its own
 * data directory, so that a failover goes on archiving. Where pgBackRest is missing, segments are kept compressed in a
 * folder.
 */
export function demoArchiveCommand(state: LocalState, { dataDirectory }: Place): string {
  const program = findProgram(pgbackrestProgram);
  if (program) {
    const options = [
      `--config=${demoConfigFile(state)}`,
      `--stanza=${demoStanza}`,
      `--pg1-path=${dataDirectory}`,
    ];
    const words = [program, ...options].map(shellQuoted).join(' ');
    return `${words.replaceAll('%', '%%')} archive-push %p`;
  }
  const archive = state.folder('demo/archive').replaceAll('%', '%%');
  // Through a second name, so that a half-written segment never looks like a whole one; compressed, since a segment
  // closed by archive_timeout is mostly zeros.
  return `test ! -f "${archive}/%f.gz" && gzip -c "%p" > "${archive}/%f.part" && mv "${archive}/%f.part" "${archive}/%f.gz"`;
}

/**
 * Writes the configuration for the server that is primary now and creates the stanza, which is harmless when it is there.
 * To be called before that server has closed its first segment. False where pgBackRest is missing.
 */
export async function ensureDemoStanza(state: LocalState, primary: Place): Promise<boolean> {
  const program = findProgram(pgbackrestProgram);
  if (!program) return false;
  const directory = state.folder('demo/pgbackrest');
  for (const path of Object.values(backrestFolders(directory))) makeOwnedDirectory(path, state.user);
  const repository = state.folder('demo/repository');
  const text = renderConfig({
    stanza: demoStanza,
    directory,
    server: { ...primary, socketDirectory: state.socketDirectory, user: 'plumbline_backup' },
    repositories: [{ ordinal: 1, path: repository }],
    processMax: 1,
  });
  const configFile = demoConfigFile(state);
  replaceSecretFile(configFile, text, state.user);
  await runToolOrFail({
    // Its files say enough: no login of the console is made yet.
    argv: [program, ...backrestArgs('stanza-create', { configFile, stanza: demoStanza }, { online: false })],
    user: state.user,
    deadlineMs: 60_000,
  });
  return true;
}
