import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { segmentOfLsn, walPlace } from '@/lib/engine/wal-names';
import { checkStructures } from '@/lib/procedures/drill-amcheck';
import { checkAssertions } from '@/lib/procedures/physical-assertions';
import { checkPages } from '@/lib/procedures/physical-checksums';
import { compareWithSource, readWrites, type WriteCounts } from '@/lib/procedures/physical-compare';
import type { ControlFacts } from '@/lib/procedures/physical-control';
import { type HeartbeatFacts, heartbeat } from '@/lib/procedures/physical-heartbeat';
import type { PhysicalServer } from '@/lib/procedures/physical-server';
import { validateDatabases } from '@/lib/procedures/physical-validate';
import { type RecoveryTarget, targetText } from '@/lib/procedures/recovery-target';
import { type DrillCheck, type Verdict, worstVerdict } from '@/lib/procedures/validation';

/** What every drill of a server's files may use, wherever the files came from. */
export type DrillWorkContext = Pick<
  StepContext,
  'connect' | 'log' | 'progress' | 'signal' | 'target' | 'tool'
> & { input: { jobs: number; assertions: string[]; compareRows: boolean } };

/** A server that was recovered for a drill. */
export interface DrilledServer {
  server: PhysicalServer;
  control: ControlFacts;
  /** The last segment that is known to be in the archive; null where nobody can tell. */
  archiveMax: string | null;
  segments: number;
  bytes: number;
}

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

export interface Work {
  phases: Record<string, number>;
  checks: DrillCheck[];
  notChecked: string[];
  timed<T>(phase: string, act: () => Promise<T>): Promise<T>;
}

export function workOf(ctx: DrillWorkContext): Work {
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

export interface Before {
  beat: HeartbeatFacts | undefined;
  writes: WriteCounts | undefined;
}

/** Looks at a living source before the moment that the copy will stand at, and leaves the mark of that moment. */
export async function prepare(ctx: DrillWorkContext, work: Work, wanted: RecoveryTarget): Promise<Before> {
  if (ctx.target.isReachable === false) {
    work.notChecked.push(
      'the last moment before now: the server does not answer, so no heartbeat was left on it',
    );
    work.notChecked.push('rows against the source: it does not answer');
    return { beat: undefined, writes: undefined };
  }
  let writes: WriteCounts | undefined;
  if (ctx.input.compareRows && wanted.type === 'latest') {
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
export function failedRestore(
  ctx: DrillWorkContext,
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
  timeline: number,
  work: Work,
  copy: DrilledServer,
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
  const last = copy.archiveMax === null ? undefined : walPlace(copy.archiveMax, segmentBytes);
  const at = segmentOfLsn(copy.server.reached.lsn, segmentBytes);
  if (!last || at === undefined || last.timeline !== timeline) {
    work.notChecked.push(
      'whether the archive was replayed to its end: its last segment is not known, or of another timeline',
    );
    return;
  }
  // The last record may end exactly where the segment does: then it stands at the next one's beginning.
  const isEnd = at >= last.number;
  work.checks.push({
    name: 'archive-end',
    verdict: isEnd ? 'pass' : 'fail',
    detail: isEnd
      ? `It was replayed into the archive’s last segment, ${copy.archiveMax}.`
      : `Recovery ended at ${copy.server.reached.lsn}, although the archive goes on to ${copy.archiveMax}: a segment between is missing or damaged.`,
  });
}

async function validateCopy(
  ctx: DrillWorkContext,
  work: Work,
  copy: DrilledServer,
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

/** Looks at a recovered server from every side and stops it; what was measured becomes the drill's result. */
export async function concludeDrill(
  ctx: DrillWorkContext,
  work: Work,
  copy: DrilledServer,
  of: { before: Before; wanted: RecoveryTarget; timeline: number; rtoSeconds: number },
): Promise<PhysicalDrillResult> {
  const { before, wanted } = of;
  const { reached } = copy.server;
  let databases: string[] = [];
  try {
    await proveMoment(of.timeline, work, copy, wanted, before.beat);
    databases = await validateCopy(ctx, work, copy, before.writes);
  } finally {
    await copy.server.stop();
  }
  const isProven = before.beat !== undefined && wanted.type === 'latest';
  return {
    verdict: worstVerdict(work.checks),
    checks: work.checks,
    notChecked: work.notChecked.slice(0, 200),
    phases: work.phases,
    rtoSeconds: of.rtoSeconds,
    rpoSeconds: isProven ? (before.beat?.archivedSeconds ?? null) : null,
    exposureSeconds: before.beat?.exposureSeconds ?? null,
    reachedAt: reached.at,
    reachedLsn: reached.lsn,
    stopping: reached.stopping,
    segments: copy.segments,
    bytes: copy.bytes,
    databases,
    heartbeat: before.beat ? { ...before.beat } : null,
  };
}
