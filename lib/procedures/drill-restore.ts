import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '@/lib/base/errors';
import type { ScratchCluster, Session, StepContext, ToolResult } from '@/lib/engine/define-job';
import { dumpFolder, globalsFile, type Manifest } from '@/lib/procedures/dump-archive';
import {
  createDatabaseSql,
  createRoleSql,
  type Globals,
  globalsSchema,
  grantMembershipSql,
} from '@/lib/procedures/dump-globals';
import { listDump } from '@/lib/procedures/dump-run';
import { parseTocList, tableDataEntries } from '@/lib/procedures/toc-list';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';
import { writeSecretFile } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

/** The restored copy's name in the scratch cluster: ours, so that no tool's argument holds a server's text. */
export const drillDatabase = 'drill';

const deadlineMs = 24 * 3600_000;

export interface PreparedScratch {
  globals: Globals;
  checks: DrillCheck[];
}

/** Makes the roles (which never log in) and the empty database with the source's encoding and locale. */
export async function prepareScratch(
  ctx: StepContext,
  cluster: ScratchCluster,
  manifest: Manifest,
  backupPath: string,
): Promise<PreparedScratch> {
  const globals = globalsSchema.parse(JSON.parse(await readFile(path.join(backupPath, globalsFile), 'utf8')));
  const session = await cluster.connect();
  try {
    const problems = await createRoles(session, globals, cluster.user);
    for (const problem of problems) ctx.log('warn', problem);
    const checks: DrillCheck[] = [
      problems.length > 0
        ? { name: 'roles', verdict: 'partial', detail: shownList(problems) }
        : { name: 'roles', verdict: 'pass', detail: `${globals.roles.length} roles with their memberships.` },
    ];
    checks.push(await createDatabase(session, globals.database, manifest.serverVersionNum));
    return { globals, checks };
  } finally {
    await session.close();
  }
}

async function createRoles(session: Session, globals: Globals, own: string): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async (what: string, statement: string) => {
    try {
      await session.query(statement);
    } catch (error) {
      problems.push(`${what}: ${messageOf(error)}`);
    }
  };
  for (const role of globals.roles) {
    if (role.name !== own) await attempt(`role ${role.name}`, createRoleSql(role, { noLogin: true }));
  }
  for (const membership of globals.memberships) {
    const { role, member } = membership;
    if (member !== own) await attempt(`membership of ${member} in ${role}`, grantMembershipSql(membership));
  }
  return problems;
}

/** A locale that this machine lacks must not end the drill: bytes and rows can be proven without it, order cannot. */
async function createDatabase(
  session: Session,
  source: Globals['database'],
  serverVersionNum: number,
): Promise<DrillCheck> {
  const options = { deadlineMs: 120_000 };
  const locale = source.provider === 'c' ? source.collate : `${source.collate} (${source.locale})`;
  try {
    await session.query(createDatabaseSql(drillDatabase, source, serverVersionNum), [], options);
    return { name: 'locale', verdict: 'pass', detail: `${source.encoding}, ${locale}.` };
  } catch (error) {
    const plain = { ...source, collate: 'C', ctype: 'C', provider: 'c', locale: null, icuRules: null };
    await session.query(createDatabaseSql(drillDatabase, plain, serverVersionNum), [], options);
    const detail = `The locale ${locale} is not on this worker, so text order was not proven: ${messageOf(error)}`;
    return { name: 'locale', verdict: 'partial', detail };
  }
}

export interface RestoreResult {
  check: DrillCheck;
  notChecked: string[];
  seconds: number;
}

/**
 * Restores a dump into the scratch database. Left out: connections to other servers (user mappings, and refreshes
 * that would use them), subscriptions and security labels; tablespaces are those of the scratch cluster.
 *
 * @throws PlumblineError `cancelled`, `timed-out`; errors of single objects are the check's detail.
 */
export async function restoreDump(
  ctx: StepContext,
  cluster: ScratchCluster,
  backupPath: string,
  jobs: number,
): Promise<RestoreResult> {
  const startedAt = performance.now();
  const dump = path.join(backupPath, dumpFolder);
  const entries = parseTocList(await listDump(ctx, cluster.major, dump));
  const isForeign = entries.some((entry) => entry.text.startsWith('FOREIGN TABLE '));
  const leftOut = entries.filter(
    ({ text }) =>
      text.startsWith('USER MAPPING ') || (isForeign && text.startsWith('MATERIALIZED VIEW DATA ')),
  );
  const listFile = path.join(ctx.runDir, 'restore.list');
  const kept = entries.filter((entry) => !leftOut.includes(entry));
  writeSecretFile(listFile, `${kept.map((entry) => entry.line).join('\n')}\n`, toolUserName());
  const total = tableDataEntries(entries).length;
  const errors: string[] = [];
  let done = 0;
  const result = await ctx.tool({
    program: 'pg_restore',
    major: cluster.major,
    args: [...restoreArguments(cluster, jobs), `--use-list=${listFile}`, dump],
    onLine: (line) => {
      if (/finished item \d+ TABLE DATA/.test(line)) {
        done += 1;
        ctx.progress(done, total, 'restoring tables');
      }
      if (/^pg_restore: (error|warning|hint):/.test(line)) {
        if (line.startsWith('pg_restore: error:') && errors.length < 50) errors.push(line.slice(19));
        ctx.log(line.startsWith('pg_restore: error:') ? 'error' : 'warn', line);
      }
    },
    deadlineMs,
  });
  return {
    check: restoreCheck(result, errors, kept.length),
    notChecked: leftOut.map((entry) => `left out of the restore: ${entry.text}`),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** pg_restore's arguments but for the list and the dump; for plan and run. */
export function restoreArguments(
  cluster: Pick<ScratchCluster, 'socketDir' | 'port' | 'user'>,
  jobs: number,
): string[] {
  return [
    `--host=${cluster.socketDir}`,
    `--port=${cluster.port}`,
    `--username=${cluster.user}`,
    '--no-password',
    `--dbname=${drillDatabase}`,
    `--jobs=${jobs}`,
    '--verbose',
    '--no-tablespaces',
    '--no-subscriptions',
    '--no-security-labels',
  ];
}

function restoreCheck(result: ToolResult, errors: string[], entries: number): DrillCheck {
  if (result.exitCode === 0 && errors.length === 0) {
    return {
      name: 'restore',
      verdict: 'pass',
      detail: `pg_restore took in all ${entries} entries without an error.`,
    };
  }
  const words = errors.length > 0 ? shownList(errors) : result.stderrTail.slice(-500).trim();
  const how = result.signal ? `was ended by ${result.signal}` : `ended with code ${result.exitCode}`;
  return { name: 'restore', verdict: 'fail', detail: `pg_restore ${how}: ${words}` };
}
