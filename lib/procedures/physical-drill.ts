import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { segmentOfLsn, walPlace } from '@/lib/engine/wal-names';
import { checkStructures } from '@/lib/procedures/drill-amcheck';
import { checkAssertions } from '@/lib/procedures/physical-assertions';
import { checkPages } from '@/lib/procedures/physical-checksums';
import { compareWithSource, readWrites, type WriteCounts } from '@/lib/procedures/physical-compare';
import type { PhysicalDrillInput } from '@/lib/procedures/physical-drill-plan';
import { type HeartbeatFacts, heartbeat } from '@/lib/procedures/physical-heartbeat';
import { type RestoredCopy, restorePhysical } from '@/lib/procedures/physical-restore';
import type { RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { validateDatabases } from '@/lib/procedures/physical-validate';
import { type RecoveryTarget, recoveryTargetSchema, targetText } from '@/lib/procedures/recovery-target';
import { type DrillCheck, type Verdict, worstVerdict } from '@/lib/procedures/validation';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

export type PhysicalDrillContext = StepContext<PhysicalDrillInput, RestoreParams>;

export type PhysicalDrillResult = {
  verdict: Verdict;
  checks: DrillCheck[];
  notChecked: string[];
  /** Seconds of each phase, in order. */
  phases: Record<string, number>;
  /** The machine's part of a restore: fetch, write, replay, promote. Null when it came to no running server. */
  rtoSeconds: number | null;
  /** From a commit on the source until it was safe in the repository, proven by its being in the copy. */
  rpoSeconds: number | null;
  exposureSeconds: number | null;
  reachedAt: string | null;
  reachedLsn: string | null;
  stopping: string | null;
  segments: number | null;
  bytes: number | null;
  databases: string[];
  heartbeat: JsonObject | null;
};

/** What a physical drill never proves; said on each report. */
const neverChecked = [
  'the time that people need: to notice, decide, and point applications to the restored server',
  'settings, certificates and pg_hba.conf of the server: the copy runs with its own',
  'extensions that must be loaded at the server’s start, background workers, subscriptions and other servers',
];

interface Work {
  phases: Record<string, number>;
  checks: DrillCheck[];
  notChecked: string[];
  timed<T>(phase: string, act: () => Promise<T>): Promise<T>;
}

function workOf(ctx: PhysicalDrillContext): Work {
  const phases: Record<string, number> = {};
  return {
    phases,
    checks: [],
    notChecked: [...neverChecked],
    timed: async (phase, act) => {
      ctx.signal.throwIfAborted();
      ctx.log('info', `Phase ${phase}.`);
      const startedAt = performance.now();
      try {
        return await act();
      } finally {
        phases[phase] = (performance.now() - startedAt) / 1000;
      }
    },
  };
}

/**
 * Restores a physical backup, recovers it, boots it in isolation, looks at it from every side and destroys it. A drill
 * that fails is a result, not an error; what stops it from being one (a full disk here, a cancel) is thrown.
 */
export async function runPhysicalDrill(ctx: PhysicalDrillContext): Promise<PhysicalDrillResult> {
  const work = workOf(ctx);
  const { params, input } = ctx;
  const wanted = recoveryTargetSchema.parse(params.target);
  const before = await prepare(ctx, work);
  const target: RecoveryTarget =
    wanted.type === 'latest' && before.beat ? { type: 'lsn', lsn: before.beat.lsn } : wanted;
  const directory = `${ctx.runDir}/pg`;
  makeOwnedDirectory(directory, toolUserName());
  let copy: RestoredCopy;
  try {
    copy = await restorePhysical(ctx, {
      ...{ stanza: { name: params.stanza }, repository: params.repository, label: params.label },
      ...{ target, timeline: params.timeline, directory, superuser: params.superuser },
      configFile: await ctx.stanzaConfig(),
      action: 'promote',
      name: `drill_${ctx.runId}`,
      processMax: input.jobs,
    });
  } catch (error) {
    return failedRestore(ctx, work, before, target, error);
  }
  Object.assign(work.phases, copy.phases);
  const { reached } = copy.server;
  work.checks.push({
    name: 'restore',
    verdict: copy.set.hasErrors ? 'partial' : 'pass',
    detail: `${copy.set.label} came up at ${reached.lsn}${reached.at ? `, last commit ${reached.at}` : ''}; target: ${targetText(target)}.${copy.set.hasErrors ? ' Damaged pages were found when it was taken.' : ''}`,
  });
  let databases: string[] = [];
  try {
    await proveMoment(ctx, work, copy, wanted, before.beat);
    databases = await validate(ctx, work, copy, before.writes);
  } finally {
    await copy.server.stop();
  }
  const { fetch, restore, replay, promote } = copy.phases;
  const isProven = before.beat !== undefined && wanted.type === 'latest';
  return {
    verdict: worstVerdict(work.checks),
    checks: work.checks,
    notChecked: work.notChecked.slice(0, 200),
    phases: work.phases,
    rtoSeconds: fetch + restore + replay + promote,
    rpoSeconds: isProven ? (before.beat?.archivedSeconds ?? null) : null,
    exposureSeconds: before.beat?.exposureSeconds ?? null,
    reachedAt: reached.at,
    reachedLsn: reached.lsn,
    stopping: reached.stopping,
    segments: copy.segments,
    bytes: copy.set.bytes,
    databases,
    heartbeat: before.beat ? { ...before.beat } : null,
  };
}

interface Before {
  beat: HeartbeatFacts | undefined;
  writes: WriteCounts | undefined;
}

/** Looks at a living source before the moment that the copy will stand at, and leaves the mark of that moment. */
async function prepare(ctx: PhysicalDrillContext, work: Work): Promise<Before> {
  if (ctx.target.isReachable === false) {
    work.notChecked.push(
      'the last moment before now: the server does not answer, so no heartbeat was left on it',
    );
    work.notChecked.push('rows against the source: it does not answer');
    return { beat: undefined, writes: undefined };
  }
  let writes: WriteCounts | undefined;
  if (ctx.input.compareRows && ctx.params.target.type === 'latest') {
    writes = await readWrites(ctx).catch((error) => {
      ctx.signal.throwIfAborted();
      work.notChecked.push(`rows against the source: ${messageOf(error)}`);
      return undefined;
    });
  } else
    work.notChecked.push('rows against the source: not asked for, or the copy stands at an earlier moment');
  const beat = await work.timed('heartbeat', () => heartbeat(ctx));
  if (!('problem' in beat)) return { beat, writes };
  ctx.log('warn', beat.problem);
  work.notChecked.push(`the last moment before now: ${beat.problem}`);
  return { beat: undefined, writes: undefined };
}

/** A restore that fails is what drills are for; a full disk of this worker or a cancel says nothing of the backup. */
function failedRestore(
  ctx: PhysicalDrillContext,
  work: Work,
  before: Before,
  target: RecoveryTarget,
  error: unknown,
): PhysicalDrillResult {
  ctx.signal.throwIfAborted();
  if (!(error instanceof PlumblineError) || error.code !== 'tool-failed' || error.fields?.disk) throw error;
  ctx.log('error', error.detail ?? error.message);
  const next = error.next ? ` ${error.next}` : '';
  return {
    verdict: 'fail',
    checks: [
      { name: 'restore', verdict: 'fail', detail: `To ${targetText(target)}: ${error.message}${next}` },
    ],
    notChecked: ['everything else: it came to no running server', ...work.notChecked],
    phases: work.phases,
    rtoSeconds: null,
    rpoSeconds: null,
    exposureSeconds: before.beat?.exposureSeconds ?? null,
    reachedAt: null,
    reachedLsn: null,
    stopping: null,
    segments: null,
    bytes: null,
    databases: [],
    heartbeat: before.beat ? { ...before.beat } : null,
  };
}

/** That the copy holds the very last thing it should: the heartbeat's transaction, or the archive's last segment. */
async function proveMoment(
  ctx: PhysicalDrillContext,
  work: Work,
  copy: RestoredCopy,
  wanted: RecoveryTarget,
  beat: HeartbeatFacts | undefined,
): Promise<void> {
  if (wanted.type !== 'latest') return;
  if (beat) {
    const session = await copy.server.connect();
    const [row] = await session.query('select pg_xact_status($1::text::xid8) as status', [beat.xid]);
    await session.close();
    work.checks.push(
      row?.status === 'committed'
        ? {
            name: 'heartbeat',
            verdict: 'pass',
            detail: `Transaction ${beat.xid}, committed on the source at ${beat.committedAt}, is in the copy.`,
          }
        : {
            name: 'heartbeat',
            verdict: 'fail',
            detail: `Transaction ${beat.xid}, committed on the source at ${beat.committedAt}, is not in the copy.`,
          },
    );
    return;
  }
  const { segmentBytes } = copy.control;
  const last = copy.set.archiveMax === null ? undefined : walPlace(copy.set.archiveMax, segmentBytes);
  const at = segmentOfLsn(copy.server.reached.lsn, segmentBytes);
  if (!last || at === undefined || last.timeline !== ctx.params.timeline) {
    work.notChecked.push(
      'whether the archive was replayed to its end: its last segment is of another timeline',
    );
    return;
  }
  // The last record may end exactly where the segment does: then it stands at the next one's beginning.
  const isEnd = at >= last.number;
  work.checks.push({
    name: 'archive-end',
    verdict: isEnd ? 'pass' : 'fail',
    detail: isEnd
      ? `It was replayed into the archive’s last segment, ${copy.set.archiveMax}.`
      : `Recovery ended at ${copy.server.reached.lsn}, although the archive goes on to ${copy.set.archiveMax}: a segment between is missing or damaged.`,
  });
}

async function validate(
  ctx: PhysicalDrillContext,
  work: Work,
  copy: RestoredCopy,
  writes: WriteCounts | undefined,
): Promise<string[]> {
  const { checks, notChecked, timed } = work;
  const { server } = copy;
  const found = await timed('validate', () => validateDatabases(ctx, server));
  checks.push(...found.checks);
  notChecked.push(...found.notChecked);
  if (writes) {
    const rows = await timed('compare', () => compareWithSource(ctx, found.tables, writes));
    checks.push(...rows.checks);
    notChecked.push(...rows.notChecked);
  }
  checks.push(...(await timed('assertions', () => checkAssertions(server, ctx.input.assertions))));
  ctx.progress(0, null, 'checking heaps against indexes');
  checks.push(await timed('amcheck', () => checkStructures(ctx, server, ctx.input.jobs, '--all')));
  ctx.progress(0, null, 'checking pages');
  const pages = await timed('checksums', async () => {
    await server.stop('fast');
    return checkPages(ctx, {
      ...{ major: server.major, data: server.data, files: found.files },
      hasChecksums: copy.control.hasChecksums,
    });
  });
  if (pages.check) checks.push(pages.check);
  if (pages.notChecked) notChecked.push(pages.notChecked);
  return found.databases;
}

/** The facts of the evidence `drill`: what the criteria and the pages read. */
export function physicalDrillFacts(result: PhysicalDrillResult, params: RestoreParams): JsonObject {
  const { verdict: _, ...facts } = result;
  return {
    ...facts,
    method: 'physical',
    backupId: params.backupId,
    label: params.label,
    repository: params.repository,
    timeline: params.timeline,
    target: params.target,
    restoreSeconds: result.rtoSeconds,
    totalSeconds: Object.values(result.phases).reduce((sum, seconds) => sum + seconds, 0),
    rtoNote: 'The machine’s part: fetch, write, replay, promote.',
    rpoNote:
      'From a commit until it lay in the repository, its segment closed at once; what waits in an open segment is the exposure.',
  };
}
