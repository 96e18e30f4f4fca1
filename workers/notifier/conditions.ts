import { formatDuration } from '@/lib/base/format';
import type { AlertSubject } from '@/lib/contract/alerts';
import type { AnyCheck } from '@/lib/engine/define-check';
import type { AnyJob } from '@/lib/engine/define-job';
import { findingsToTell, lastRuns } from '@/lib/store/alert-sources';
import type { Condition } from '@/lib/store/alerts';
import { brokenGlass, plansWaiting } from '@/lib/store/approval-lists';
import { consoleDumpMaxAgeSeconds, consoleSaving } from '@/lib/store/console-dumps';
import type { Store } from '@/lib/store/db';
import { missedClause, missedSchedules } from '@/lib/store/missed-schedules';

/** What the notifier knows of the catalogue: who tells of what is said by the definitions themselves. */
export interface Known {
  checks: Record<string, Pick<AnyCheck, 'title' | 'alerts'>>;
  jobs: Record<string, Pick<AnyJob, 'title' | 'permission' | 'risk'>>;
}

const about = (database: string | null) => (database === null ? '' : ` of ${database}`);

/** Everything that is so now and that somebody must hear of. Reads our own store alone. */
export async function presentConditions(
  db: Store,
  known: Known,
  graceSeconds?: number,
): Promise<Condition[]> {
  const kindsOf = (permission: string) =>
    Object.entries(known.jobs).flatMap(([id, job]) =>
      job.permission === permission && job.risk !== 'read' ? [id] : [],
    );
  const backups = kindsOf('backup');
  const drills = kindsOf('drill');
  const runs = [
    ...(await fromRuns(db, known, backups, 'backup')),
    ...(await fromRuns(db, known, drills, 'drill')),
  ];
  const schedules = [
    ...(await fromSchedules(db, known, backups, 'backup', graceSeconds)),
    ...(await fromSchedules(db, known, drills, 'drill', graceSeconds)),
  ];
  const told = new Set(runs.map(({ path }) => path));
  return [
    ...(await fromFindings(db, known)),
    ...runs,
    // Where its run failed or asks, that is told of as such.
    ...schedules.flatMap(({ runPath, ...condition }) => (told.has(runPath) ? [] : [condition])),
    ...(await fromApprovals(db, known)),
    ...(await fromConsole(db)),
  ];
}

async function fromFindings(db: Store, known: Known): Promise<Condition[]> {
  const telling = Object.entries(known.checks).flatMap(([id, { alerts }]) => (alerts ? [id] : []));
  const findings = await findingsToTell(db, telling);
  return findings.map((finding) => {
    const check = known.checks[finding.checkId];
    return {
      key: `finding:${finding.id}`,
      subject: check?.alerts ?? 'finding',
      level: finding.level,
      clusterId: finding.clusterId,
      title: `${check?.title ?? finding.checkId}: ${finding.object}`,
      sentence: finding.sentence,
      next: finding.mend,
      path: finding.instanceId ? `/instances/${finding.instanceId}` : `/clusters/${finding.clusterId}`,
    };
  });
}

async function fromRuns(
  db: Store,
  known: Known,
  kinds: readonly string[],
  subject: AlertSubject,
): Promise<Condition[]> {
  const runs = await lastRuns(db, kinds);
  return runs.flatMap((run): Condition[] => {
    const what = `“${known.jobs[run.kind]?.title ?? run.kind}”${about(run.database)}`;
    const common = {
      // Of one kind on one thing: a second failure is the same trouble, and a success ends it.
      key: `run:${run.kind}:${run.clusterId}:${run.database ?? ''}`,
      subject,
      level: 'crit' as const,
      clusterId: run.clusterId,
      next: run.next,
      path: `/runs/${run.runId}`,
    };
    if (run.state === 'failed') {
      return [{ ...common, title: `${what} failed`, sentence: run.error ?? 'The run failed.' }];
    }
    if (run.state === 'needs-decision') {
      const sentence = 'A step may have happened, and nobody but a person may repeat it.';
      return [{ ...common, title: `${what} waits for a decision`, sentence, next: 'Decide on its page.' }];
    }
    if (run.failedProofs.length > 0) {
      const sentence = `It ended, and what it proved failed: ${run.failedProofs.join('; ')}.`;
      return [{ ...common, title: `${what} found a fault`, sentence }];
    }
    return [];
  });
}

async function fromSchedules(
  db: Store,
  known: Known,
  kinds: readonly string[],
  subject: AlertSubject,
  graceSeconds?: number,
): Promise<(Condition & { runPath: string })[]> {
  const missed = await missedSchedules(db, kinds, graceSeconds === undefined ? {} : { graceSeconds });
  return missed.map((schedule) => ({
    key: `missed:${schedule.scheduleId}`,
    subject,
    level: 'crit' as const,
    clusterId: schedule.clusterId,
    title: `“${known.jobs[schedule.kind]?.title ?? schedule.kind}”${about(schedule.database)} was missed`,
    sentence: `It was due at ${schedule.dueAt ?? 'a time that cannot be read'}: ${missedClause(schedule)}.`,
    next: 'See the schedule; mend what it names and run it once by hand.',
    path: `/schedules/${schedule.scheduleId}`,
    runPath: `/runs/${schedule.runId}`,
  }));
}

async function fromApprovals(db: Store, known: Known): Promise<Condition[]> {
  const [waiting, glass] = await Promise.all([
    plansWaiting(db),
    brokenGlass(db, { openOnly: true, limit: 200 }),
  ]);
  const titleOf = (kind: string) => known.jobs[kind]?.title ?? kind;
  return [
    ...glass.map((broken) => ({
      key: `glass:${broken.id}`,
      subject: 'break-glass' as const,
      level: 'crit' as const,
      clusterId: broken.clusterId,
      title: `${broken.byName} broke the glass: “${titleOf(broken.kind)}”`,
      sentence: `Started without a second person, because: ${broken.reason}. ${broken.summary}`,
      next: 'Another person looks at the run and reviews it under Approvals.',
      path: `/runs/${broken.runId}`,
    })),
    ...waiting.map((plan) => ({
      key: `approval:${plan.planId}`,
      subject: 'approval' as const,
      level: 'warn' as const,
      clusterId: plan.clusterId,
      title: `${plan.byName} asks for a second person: “${titleOf(plan.kind)}”`,
      sentence: `${plan.reason}. ${plan.summary}`,
      next: 'Read the plan and approve or refuse it.',
      path: `/plans/${plan.planId}`,
    })),
  ];
}

/** The console’s own nightly dump: without it all that people did here is lost with its machine. */
async function fromConsole(db: Store): Promise<Condition[]> {
  const { newestGoodSeconds, problem, consoleSeconds } = await consoleSaving(db);
  const isNew = consoleSeconds === null || consoleSeconds <= consoleDumpMaxAgeSeconds;
  const isOld = newestGoodSeconds === null ? !isNew : newestGoodSeconds > consoleDumpMaxAgeSeconds;
  if (!isOld && problem === null) return [];
  const age = newestGoodSeconds === null ? 'There is none' : `It is ${formatDuration(newestGoodSeconds)} old`;
  const why = problem === null ? '' : ` The newest try failed: ${problem}`;
  return [
    {
      key: 'console:dump',
      subject: 'backup',
      level: isOld ? 'crit' : 'warn',
      clusterId: null,
      title: 'The console itself is not saved as it should be',
      sentence: `${age}: the newest good dump of the console’s own database. Its nightly dump may be ${formatDuration(consoleDumpMaxAgeSeconds)} old.${why}`,
      next: 'Run plumbline dump-console, and see why its timer did not.',
      path: '/workers#console-dumps',
    },
  ];
}
