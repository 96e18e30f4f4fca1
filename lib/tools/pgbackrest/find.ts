import { backrestVersion, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { runTool } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

/** The installed pgBackRest with its version; undefined when there is none or it does not answer as one. */
export async function findBackrest(): Promise<{ path: string; version: string } | undefined> {
  const path = findProgram(pgbackrestProgram);
  if (!path) return undefined;
  const { stdout } = await runTool({ argv: [path, 'version'], deadlineMs: 10_000 });
  const version = backrestVersion(stdout);
  return version === undefined ? undefined : { path, version };
}
