import type { StepContext } from '@/lib/engine/define-job';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

const deadlineMs = 24 * 3600_000;

/**
 * Verifies every page of a directory whose server was shut down in order (manual: pg_checksums). Damaged pages are
 * named by their relation, as far as it is known.
 */
export async function checkPages(
  ctx: Pick<StepContext, 'tool'>,
  of: { major: number; data: string; hasChecksums: boolean; files: ReadonlyMap<string, string> },
): Promise<{ check?: DrillCheck; notChecked?: string }> {
  if (!of.hasChecksums) {
    return {
      notChecked: 'pages: the server has no data checksums (pg_checksums --enable, on a stopped server)',
    };
  }
  const wrong: string[] = [];
  const last: string[] = [];
  const result = await ctx.tool({
    program: 'pg_checksums',
    major: of.major,
    args: ['--check', `--pgdata=${of.data}`],
    onLine: (line) => {
      last.push(line.trim());
      if (last.length > 20) last.shift();
      const found = /checksum verification failed in file "([^"]+)", block (\d+)/.exec(line);
      if (found?.[1] && wrong.length < 100) wrong.push(`${nameOf(found[1], of)}, block ${found[2]}`);
    },
    deadlineMs,
  });
  if (wrong.length > 0) return { check: { name: 'checksums', verdict: 'fail', detail: shownList(wrong) } };
  if (result.exitCode !== 0) {
    const detail = `pg_checksums ended with code ${result.exitCode}: ${last.slice(-3).join(' ')}`;
    return { check: { name: 'checksums', verdict: 'partial', detail } };
  }
  const pages = /Blocks scanned:\s+(\d+)/.exec(last.join('\n'))?.[1] ?? 'all';
  return {
    check: { name: 'checksums', verdict: 'pass', detail: `${pages} pages have the checksum that they say.` },
  };
}

function nameOf(file: string, of: { data: string; files: ReadonlyMap<string, string> }): string {
  const path = file.startsWith(`${of.data}/`) ? file.slice(of.data.length + 1) : file;
  // Segments and forks of a relation have its name with an ending (manual: 73.1).
  const relation = path.replace(/(_(fsm|vm|init))?(\.\d+)?$/, '');
  return of.files.get(relation) ?? path;
}
