import { PlumblineError } from '@/lib/base/errors';
import { ageSeconds } from '@/lib/base/time';
import type { CheckCatalogue, CheckResult, CheckState, InstanceChecks } from '@/lib/contract/checks';
import type { CheckRow, Level } from '@/lib/engine/define-check';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { worstLevel } from '@/lib/engine/judge';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { checksAsked, ownDescriptor } from '@/lib/queries/known-checks';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsOf, type StoredResult } from '@/lib/store/check-results';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type OpenLevel, openLevels } from '@/lib/store/finding-reads';
import { findInstance } from '@/lib/store/instances';
import { listOwnChecks } from '@/lib/store/own-checks';

/** The definition as pages know it: data, no SQL. */
export function described(check: CheckDescriptor) {
  const { id, title, why, source, target, runsOn, everySeconds } = check;
  return {
    ...{ id, title, why, source, target, runsOn, everySeconds },
    columns: check.columns,
    ratios: Object.fromEntries(
      Object.entries(check.ratios ?? {}).map(([name, { label, of, over }]) => [
        name,
        { label, of: [...of], over: [...over] },
      ]),
    ),
    keep: [...check.keep],
    draw: check.draw.map((draw) => ({ ...draw, columns: [...draw.columns] })),
    judge: (check.judge ?? []).map(({ column, worse, warn, crit, forSeconds }) => ({
      ...{ column, worse, warn: warn ?? null, crit: crit ?? null },
      forSeconds: forSeconds ?? 0,
    })),
    feeds: check.feeds ?? null,
    maxSeries: check.maxSeries ?? null,
  };
}

/** The catalogue, and the own checks that are not removed. */
export async function checkCatalogue(db: Store): Promise<CheckCatalogue> {
  const own = (await listOwnChecks(db, { removed: false })).map(({ definition }) =>
    ownDescriptor(definition),
  );
  return { items: [...catalogue.checks, ...own].map(described) };
}

/** Columns that hold text of statements, which not everybody may read. */
function literalColumns(check: CheckDescriptor): string[] {
  return Object.entries(check.columns)
    .filter(([, column]) => column.literals === true)
    .map(([name]) => name);
}

/** What the fleet page shows of a server is what its own page begins with; the others follow by name. */
function places(check: CheckDescriptor): number {
  return check.onFleet?.order ?? Number.MAX_SAFE_INTEGER;
}

/**
 * Every check of an instance as it stands: state, age, reason and mend, and the rows that it last saw. Text of
 * statements is left out for people who may not see literals.
 *
 * @throws PlumblineError `not-found`
 */
export async function checksOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: { checks?: string; rows: boolean },
  now: Date = new Date(),
): Promise<InstanceChecks> {
  const instance = await findInstance(db, instanceId);
  if (!instance) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  const wanted = query.checks === undefined ? undefined : new Set(query.checks.split(',').filter(Boolean));
  const cluster = await findCluster(db, instance.cluster_id);
  const checks = (await checksAsked(db, cluster?.name ?? ''))
    .filter(({ id }) => wanted === undefined || wanted.has(id))
    .sort((left, right) => places(left) - places(right));
  // Lists with a page of their own draw nothing here: their thousands of rows are sent to who names them.
  const drawn = checks.filter(({ draw }) => wanted !== undefined || draw.length > 0).map(({ id }) => id);
  const [results, levels] = await Promise.all([
    resultsOf(db, instanceId, { checkIds: checks.map(({ id }) => id), rows: query.rows && drawn }),
    openLevels(db, instanceId),
  ]);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  return {
    instanceId,
    role: instance.role,
    reachable: instance.reachable,
    lastError: instance.last_error,
    now: now.toISOString(),
    items: checks.map((check) =>
      checkState(check, {
        results: results.filter((result) => result.check_id === check.id),
        levels: levels.filter((level) => level.check_id === check.id),
        applies: check.runsOn === 'any' || instance.role === 'unknown' || check.runsOn === instance.role,
        hiddenColumns: mayReadLiterals ? [] : literalColumns(check),
        mayReadWords: mayReadLiterals,
        now,
      }),
    ),
  };
}

interface StateInput {
  results: readonly StoredResult[];
  levels: readonly OpenLevel[];
  applies: boolean;
  hiddenColumns: string[];
  mayReadWords: boolean;
  now: Date;
}

function checkState(check: CheckDescriptor, input: StateInput): CheckState {
  const isMeasured = input.results.every(({ state }) => state === 'ok');
  const found: Level[] = input.levels.map(({ level }) => level);
  return {
    ...described(check),
    applies: input.applies,
    level: input.results.length === 0 ? null : worstLevel(isMeasured ? found : [...found, 'unknown']),
    openFindings: input.levels.reduce((sum, { n }) => sum + n, 0),
    hiddenColumns: input.hiddenColumns,
    results: input.results.map((result) => resultView(check, result, input)),
  };
}

function resultView(
  check: CheckDescriptor,
  result: StoredResult,
  { hiddenColumns: hidden, mayReadWords, now }: Pick<StateInput, 'hiddenColumns' | 'mayReadWords' | 'now'>,
): CheckResult {
  const age = ageSeconds(result.observed_at, now);
  return {
    database: result.database === '' ? null : result.database,
    state: result.state,
    reason: mayReadWords ? (result.words ?? result.reason) : result.reason,
    mend: result.mend,
    observedAt: result.observed_at,
    ageSeconds: age,
    stale: age > check.everySeconds * 2.5 + 5,
    durationMs: result.duration_ms,
    rows: hidden.length === 0 ? result.rows : result.rows.map((row) => without(row, hidden)),
  };
}

function without(row: CheckRow, hidden: readonly string[]): CheckRow {
  const shown = { ...row };
  for (const name of hidden) if (name in shown) shown[name] = null;
  return shown;
}
