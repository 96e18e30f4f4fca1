import { formatBytes } from '@/lib/base/format';
import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { findPostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

export type MomentInput = {
  database: string;
  table?: string;
  from: string;
  to?: string;
  minRows: number;
  repository: number;
};

export type MomentParams = {
  stanza: string;
  configFile: string;
  dataDirectory: string | null;
  major: number;
};

/** Read at most; more is narrowed by the person who asks. */
export const segmentsAtMost = 512;
export const batchSegments = 8;

/** Managers whose records tell what happened; before 15 only one can be named, so all are read. */
export function walDumpArgs(major: number, folder: string, first: string, last: string): string[] {
  const managers = ['Heap', 'Storage', 'Standby', 'Transaction', 'Database'];
  return [`--path=${folder}`, ...(major >= 15 ? managers.map((name) => `--rmgr=${name}`) : []), first, last];
}

/** Commands are sent with the file and repository that they use; nothing is written but below the run's directory. */
export async function planMoments(ctx: PlanContext, input: MomentInput): Promise<PlanDraft<MomentParams>> {
  const blockers: PlanDraft['blockers'] = [];
  const stanza = await ctx.stanza();
  if (stanza?.state !== 'active') {
    blockers.push({
      message: 'The cluster has no archive of WAL that the console knows.',
      next: 'Set up archiving on the cluster’s recovery page; what happened before cannot be found then.',
    });
  }
  const { repository } = input;
  if (stanza && !stanza.repositories.some(({ ordinal }) => ordinal === repository)) {
    blockers.push({ message: `The stanza has no repository ${repository}.`, next: 'Choose another one.' });
  }
  const [from, to] = [input.from, input.to ?? new Date().toISOString()].map(Date.parse);
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to) || from >= to) {
    blockers.push({
      message: 'The span has no beginning before its end.',
      next: 'Give both as ISO 8601 with an offset, such as 2026-01-31T03:04:05Z.',
    });
  }
  const major = Math.floor(ctx.target.serverVersionNum / 10_000);
  if (!serverFor(await findPostgresPrograms(), major)) {
    blockers.push({
      message: `pg_waldump of PostgreSQL ${major} is not on the worker ${ctx.workerName}; another major’s cannot read this WAL.`,
      next: `Install the package ${packageOf(major, 'server')}.`,
    });
  }
  const files = await ctx.relationFiles(input.database);
  const warnings: string[] = [];
  const isKnown = input.table === undefined || files.some(({ table }) => table === input.table);
  if (!isKnown) {
    warnings.push(
      `The console never saw ${input.table} in ${input.database}: only what the server says of it now can be looked for, else every file that went is listed.`,
    );
  }
  const configFile = stanza ? ctx.stanzaConfigPath(stanza) : '{configuration}';
  const place = { configFile, stanza: stanza?.name ?? '{stanza}' };
  const what = input.table ?? `the tables of ${input.database}`;
  return {
    summary: `Find out when ${what} was dropped, emptied or lost many rows between ${input.from} and ${input.to ?? 'now'}.`,
    acts: [
      {
        step: 'scan',
        argv: [
          pgbackrestProgram,
          ...backrestArgs('repo-ls', place, { repo: repository, output: 'json' }),
          '{folder}',
        ],
        as: 'the owner of the server’s files',
      },
      {
        step: 'scan',
        argv: [
          pgbackrestProgram,
          ...backrestArgs('archive-get', place, { repo: repository, 'archive-async': false }),
          '{segment}',
          '{runDir}/wal/{segment}',
        ],
      },
      { step: 'scan', argv: ['pg_waldump', ...walDumpArgs(major, '{runDir}/wal', '{segment}', '{segment}')] },
    ],
    params: {
      stanza: place.stanza,
      configFile,
      dataDirectory: stanza?.dataDirectory ?? null,
      major,
    },
    warnings,
    blockers,
    estimates: [
      {
        label: 'Segments read at most',
        value: segmentsAtMost,
        unit: 'count',
        note: `${formatBytes(segmentsAtMost * 16 * 1024 ** 2)} of WAL, ${batchSegments} segments at a time on the worker’s disk`,
      },
    ],
  };
}
