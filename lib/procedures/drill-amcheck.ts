import type { ScratchCluster, StepContext } from '@/lib/engine/define-job';
import { drillDatabase } from '@/lib/procedures/drill-restore';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

const deadlineMs = 24 * 3600_000;

/** For the drill's one database, or `--all`; the extension is made where it is missing, since the copy is ours. */
export function amcheckArguments(
  cluster: Pick<ScratchCluster, 'socketDir' | 'port' | 'user'>,
  jobs: number,
  scope: string = drillDatabase,
): string[] {
  return [
    `--host=${cluster.socketDir}`,
    `--port=${cluster.port}`,
    `--username=${cluster.user}`,
    '--no-password',
    `--jobs=${jobs}`,
    '--install-missing',
    '--heapallindexed',
    scope,
  ];
}

/**
 * Runs pg_amcheck over heaps, TOAST and B-tree indexes, each heap row looked up in each index. Exit code 2 is damage
 * that it found, 1 that it could not look (PostgreSQL documentation, pg_amcheck, Exit Status).
 */
export async function checkStructures(
  ctx: Pick<StepContext, 'tool'>,
  cluster: Pick<ScratchCluster, 'major' | 'socketDir' | 'port' | 'user'>,
  jobs: number,
  scope: string = drillDatabase,
): Promise<DrillCheck> {
  const found: string[] = [];
  const result = await ctx.tool({
    program: 'pg_amcheck',
    major: cluster.major,
    args: amcheckArguments(cluster, jobs, scope),
    onLine: (line) => {
      if (line.trim() !== '' && found.length < 50) found.push(line.trim());
    },
    deadlineMs,
  });
  if (result.exitCode === 0) {
    return {
      name: 'amcheck',
      verdict: 'pass',
      detail: 'Heaps, TOAST and B-tree indexes agree with each other.',
    };
  }
  const verdict = result.exitCode === 2 ? 'fail' : 'partial';
  const words = shownList(found, 4) || result.stderrTail.slice(-300);
  return { name: 'amcheck', verdict, detail: `pg_amcheck ended with code ${result.exitCode}: ${words}` };
}
