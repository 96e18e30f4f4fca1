import type { JsonObject, ScratchCluster, Session, StepContext } from '@/lib/engine/define-job';
import { checkStructures } from '@/lib/procedures/drill-amcheck';
import { drillDatabase, prepareScratch, restoreDump } from '@/lib/procedures/drill-restore';
import type { Manifest } from '@/lib/procedures/dump-archive';
import { type DrillCheck, pairKey, type Verdict, worstVerdict } from '@/lib/procedures/validation';
import { checkForeignKeys } from '@/lib/procedures/validation-foreign-keys';
import { checkObjects, checkRowCounts } from '@/lib/procedures/validation-rows';
import {
  checkExtensions,
  checkIndexes,
  checkSequences,
  missingExtensions,
} from '@/lib/procedures/validation-structures';

export type DrillResult = {
  verdict: Verdict;
  checks: DrillCheck[];
  notChecked: string[];
  /** Seconds of each phase, in order. */
  phases: Record<string, number>;
  /** From nothing to a restored database: server, roles, pg_restore. Null when nothing was restored. */
  restoreSeconds: number | null;
};

/** What this kind of drill never proves; said on each report. */
export const neverChecked = [
  'passwords of roles, which the backup does not hold',
  'settings, owner, rights and connection limit of the database: they are stored beside the dump, not applied',
  'security labels, subscriptions and the content of foreign servers',
  'changes since the dump: a logical backup brings back one moment only',
];

/** Restores a backup into a scratch cluster and looks at the result from every side; the cluster is gone after it. */
export async function runDrill(
  ctx: StepContext,
  options: { backupPath: string; manifest: Manifest; jobs: number; phases: Record<string, number> },
): Promise<DrillResult> {
  const { manifest, jobs, backupPath } = options;
  const phases = { ...options.phases };
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    ctx.signal.throwIfAborted();
    ctx.log('info', `Phase ${phase}.`);
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      phases[phase] = (performance.now() - startedAt) / 1000;
    }
  };
  const checks: DrillCheck[] = [];
  const notChecked = [...neverChecked];
  const major = Math.floor(manifest.serverVersionNum / 10_000);
  const cluster = await timed('start', () => ctx.scratchCluster({ major }));
  try {
    const prepared = await timed('roles', () => prepareScratch(ctx, cluster, manifest, backupPath));
    checks.push(...prepared.checks);
    const restored = await timed('restore', () => restoreDump(ctx, cluster, backupPath, jobs));
    checks.push(restored.check);
    notChecked.push(...restored.notChecked);
    await validate(ctx, cluster, { manifest, jobs, checks, notChecked, timed });
  } finally {
    await timed('stop', () => cluster.stop()).catch((error) => {
      // A cancel is told by whoever was cancelled; the cluster itself must go in any case.
      if (!ctx.signal.aborted) throw error;
      return cluster.stop();
    });
  }
  const restoreSeconds = (phases.start ?? 0) + (phases.roles ?? 0) + (phases.restore ?? 0);
  return {
    verdict: worstVerdict(checks),
    checks,
    notChecked: notChecked.slice(0, 200),
    phases,
    restoreSeconds,
  };
}

interface Validation {
  manifest: Manifest;
  jobs: number;
  checks: DrillCheck[];
  notChecked: string[];
  timed<T>(phase: string, work: () => Promise<T>): Promise<T>;
}

async function validate(ctx: StepContext, cluster: ScratchCluster, validation: Validation): Promise<void> {
  const { manifest, checks, notChecked, timed } = validation;
  const { catalog } = manifest;
  const session = await cluster.connect(drillDatabase);
  try {
    const missing = await missingExtensions(session, catalog);
    const { tables, foreignKeys } =
      missing.length > 0
        ? await whatIsThere(session, manifest, notChecked)
        : { tables: manifest.tables, foreignKeys: catalog.foreignKeys };
    const total = tables.length;
    checks.push(
      await timed('row-counts', () =>
        checkRowCounts(session, tables, (done) => ctx.progress(done, total, 'counting rows')),
      ),
    );
    const keys = await timed('foreign-keys', () =>
      checkForeignKeys(session, foreignKeys, (done) =>
        ctx.progress(done, foreignKeys.length, 'looking for orphans'),
      ),
    );
    checks.push(keys.check);
    notChecked.push(...keys.notChecked);
    checks.push(await timed('indexes', () => checkIndexes(session, catalog)));
    checks.push(await timed('sequences', () => checkSequences(session, catalog.sequences)));
    checks.push(...(await timed('objects', () => checkObjects(session, manifest))));
    checks.push(await checkExtensions(session, catalog));
    if (missing.length > 0) softenFor(missing, checks);
  } finally {
    await session.close();
  }
  ctx.progress(0, null, 'checking heaps against indexes');
  checks.push(await timed('amcheck', () => checkStructures(ctx, cluster, validation.jobs)));
}

/** Tables and foreign keys that could be restored without the missing extensions; the rest is not checked. */
async function whatIsThere(session: Session, manifest: Manifest, notChecked: string[]) {
  const rows = await session.query(
    `select n.nspname::text as schema, c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')`,
  );
  const present = new Set(rows.map((row) => pairKey(String(row.schema), String(row.name))));
  const isThere = (schema: string, name: string) => present.has(pairKey(schema, name));
  for (const { schema, name } of manifest.tables) {
    if (!isThere(schema, name)) notChecked.push(`table ${schema}.${name}: it could not be restored`);
  }
  return {
    tables: manifest.tables.filter(({ schema, name }) => isThere(schema, name)),
    foreignKeys: manifest.catalog.foreignKeys.filter(
      (key) => isThere(key.schema, key.table) && isThere(key.refSchema, key.refTable),
    ),
  };
}

/** Checks that fail because an extension's files are missing say nothing about the backup: neither pass nor fail. */
const dependsOnExtensions = new Set(['restore', 'indexes', 'sequences', 'objects']);

function softenFor(missing: string[], checks: DrillCheck[]): void {
  for (const check of checks) {
    if (check.verdict !== 'fail' || !dependsOnExtensions.has(check.name)) continue;
    check.verdict = 'partial';
    check.detail = `Without ${missing.join(', ')} on this worker: ${check.detail}`;
  }
}

/** The facts of the evidence `drill`: what the criteria read. */
export function drillFacts(result: DrillResult, backupId: string, database: string): JsonObject {
  return {
    backupId,
    database,
    restoreSeconds: result.restoreSeconds,
    totalSeconds: Object.values(result.phases).reduce((sum, seconds) => sum + seconds, 0),
    phases: result.phases,
    checks: result.checks,
    notChecked: result.notChecked,
  };
}
