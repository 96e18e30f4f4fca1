import { type AnyCheck, type CheckRow, sqlForVersion } from '@/lib/engine/define-check';
import type { Session } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { quoteIdent } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';

/** What must be known of the server and the login before a check can be run. */
export interface CheckSurroundings {
  serverVersionNum: number;
  user: string;
  superuser: boolean;
  memberships: readonly string[];
  /** Of the database that the session is in. */
  extensions: readonly { name: string; schema: string }[];
  settings: Readonly<Record<string, string>>;
}

export type CheckAnswer =
  | { state: 'ok'; rows: CheckRow[]; serverEpoch: number; durationMs: number }
  | {
      state: 'unknown' | 'timeout' | 'error';
      reason: string;
      mend: string | null;
      durationMs: number;
      /** The server's own, where `reason` is not in them: they may hold values, so not everybody reads them. */
      words?: string;
      sqlState?: string;
    };

type Checked = Pick<AnyCheck, 'sql' | 'needs' | 'timeoutMs' | 'preferred'>;

const defaultTimeoutMs = 5_000;
/** Statistics views take no lock that others hold for long; who waits longer would only make a queue longer. */
const lockTimeoutMs = 1_000;

/**
 * Runs a check's SQL in one read-only transaction with the server's own timeouts. What cannot be measured is a state
 * with its reason and what mends it, never an empty answer.
 *
 * @throws InstanceError `dropped` or `cancelled` when the connection itself is gone: that is not the check's fault.
 */
export async function runCheck(
  session: Session,
  check: Checked,
  surroundings: CheckSurroundings,
): Promise<CheckAnswer> {
  const started = performance.now();
  const tookMs = () => performance.now() - started;
  const lacking = missingNeed(check, surroundings);
  if (lacking) return { state: 'unknown', ...lacking, durationMs: 0 };
  const wanted = sqlForVersion(check, surroundings.serverVersionNum);
  if (typeof wanted !== 'string') {
    return { state: 'unknown', reason: wanted.unsupported, mend: null, durationMs: 0 };
  }
  const statementTimeoutMs = check.timeoutMs ?? defaultTimeoutMs;
  const limits = { readOnly: true, statementTimeoutMs, lockTimeoutMs };
  try {
    const text = (await canSeeMore(session, check, limits)) ? (check.preferred?.sql ?? wanted) : wanted;
    const answer = await withTransaction(session, limits, async (inner) => ({
      rows: await inner.query(text),
      serverEpoch: inner.serverEpoch,
    }));
    return { state: 'ok', ...answer, durationMs: tookMs() };
  } catch (error) {
    return failedAnswer(error, check, surroundings, tookMs());
  }
}

/** The state that an error of a check's statement means. */
export function failedAnswer(
  error: unknown,
  check: Pick<AnyCheck, 'needs' | 'timeoutMs'>,
  surroundings: Pick<CheckSurroundings, 'user'>,
  durationMs: number,
): CheckAnswer {
  if (!(error instanceof InstanceError)) throw error;
  if (error.reason === 'dropped' || error.reason === 'cancelled') throw error;
  if (error.reason === 'timed-out') {
    const seconds = (check.timeoutMs ?? defaultTimeoutMs) / 1000;
    const locked = error.sqlState === '55P03';
    const reason = locked
      ? 'It waited for a lock that somebody else holds, and was stopped.'
      : `It took longer than ${seconds} s and was stopped.`;
    return { state: 'timeout', reason, mend: null, durationMs };
  }
  if (error.reason === 'permission') {
    const role = check.needs?.find((need) => 'role' in need);
    const mend = role?.mend ?? `grant pg_monitor to ${quoteIdent(surroundings.user)};`;
    return { state: 'unknown', reason: error.message, mend, durationMs };
  }
  const { message: reason, sqlState } = error;
  return { state: 'error', reason, mend: null, durationMs, ...(sqlState && { sqlState }) };
}

/** The first need that is not met, as a reason and its mend. */
export function missingNeed(
  check: Pick<AnyCheck, 'needs'>,
  surroundings: CheckSurroundings,
): { reason: string; mend: string } | undefined {
  for (const need of check.needs ?? []) {
    if ('extension' in need) {
      if (surroundings.extensions.some(({ name }) => name === need.extension)) continue;
      return { reason: `The extension ${need.extension} is not there.`, mend: need.mend };
    }
    if ('role' in need) {
      if (surroundings.superuser || surroundings.memberships.includes(need.role)) continue;
      return { reason: `The login ${surroundings.user} is not a member of ${need.role}.`, mend: need.mend };
    }
    const value = surroundings.settings[need.setting];
    if (value === need.value) continue;
    return { reason: `${need.setting} is ${value ?? 'not known'}, not ${need.value}.`, mend: need.mend };
  }
  return undefined;
}

/**
 * Whether the helper that a check prefers is there, may be called, and belongs to a superuser: the owner of a watched
 * database could otherwise plant a function of that name that runs with the rights of the one who watches.
 */
async function canSeeMore(
  session: Session,
  check: Checked,
  limits: { readOnly: boolean; statementTimeoutMs: number; lockTimeoutMs: number },
): Promise<boolean> {
  if (!check.preferred) return false;
  const name = check.preferred.function;
  try {
    const rows = await withTransaction(session, limits, (inner) =>
      inner.query(
        `select
         from pg_catalog.pg_proc as helper
         join pg_catalog.pg_roles as owner on owner.oid = helper.proowner
         where helper.oid = pg_catalog.to_regprocedure($1)
           and owner.rolsuper
           and pg_catalog.has_function_privilege(helper.oid, 'execute')`,
        [name],
      ),
    );
    return rows.length > 0;
  } catch (error) {
    if (error instanceof InstanceError && error.reason === 'permission') return false;
    throw error;
  }
}
