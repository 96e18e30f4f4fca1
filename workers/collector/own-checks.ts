import { ownPrefix } from '@/lib/contract/own-checks';
import type { AnyCheck } from '@/lib/engine/define-check';
import type { Session } from '@/lib/engine/define-job';
import { ownCheckApplies, ownCheckFault, ownCheckId, ownCheckOf } from '@/lib/engine/own-checks';
import { sqlStateSentence } from '@/lib/engine/sql-states';
import { quoteIdent } from '@/lib/instance/quote';
import { type CheckAnswer, type CheckSurroundings, runCheck } from '@/lib/instance/run-check';
import type { Store } from '@/lib/store/db';
import { forgetOldOwnChecks, listOwnChecks } from '@/lib/store/own-checks';
import type { NamedCheck } from '@/workers/collector/visit';

/** One that ran into its timeout is left alone for so long: it must not hold up the others at every round. */
export const ownRestSeconds = 300;
/** All own checks of one visit together, in ms; those left over come with the next one. */
export const ownBudgetMs = 10_000;

/**
 * Runs a check that people wrote. Whatever is wrong with it is `unknown`: nobody but its writer can mend it, and nothing
 * is wrong with the server for it. The server's own words may quote a value of the table that was read, so they stand
 * apart from the sentence that everybody sees.
 *
 * @throws InstanceError `dropped` or `cancelled` when the connection itself is gone.
 */
export async function askOwnCheck(
  session: Session,
  check: AnyCheck,
  surroundings: CheckSurroundings,
): Promise<CheckAnswer> {
  const answer = await runCheck(session, check, surroundings);
  if (answer.state === 'ok') {
    const reason = ownCheckFault(check, answer.rows);
    return reason ? { state: 'unknown', reason, mend: null, durationMs: answer.durationMs } : answer;
  }
  if (answer.state === 'error') {
    const { sqlState, reason } = answer;
    return {
      ...{ ...answer, state: 'unknown' },
      ...(sqlState && { reason: sqlStateSentence(sqlState), words: reason }),
    };
  }
  const denied =
    /permission denied for (table|view|materialized view|schema|function|sequence) (\S+?)[.]?$/.exec(
      answer.reason,
    );
  if (answer.state !== 'unknown' || !denied?.[1] || !denied[2]) return answer;
  return { ...answer, mend: grantFor(denied[1], denied[2].replace(/^"|"$/g, ''), surroundings.user) };
}

function grantFor(kind: string, name: string, user: string): string {
  const to = `to ${quoteIdent(user)};`;
  if (kind === 'schema') return `grant usage on schema ${quoteIdent(name)} ${to}`;
  if (kind === 'function') return `grant execute on function ${quoteIdent(name)} ${to}`;
  return `grant select on ${quoteIdent(name)} ${to}`;
}

/** The checks that people have switched on, kept current for the collectors of this worker. */
export class OwnChecks {
  private revision = '';
  private current: readonly NamedCheck[] = [];

  constructor(private readonly db: Store) {}

  get checks(): readonly NamedCheck[] {
    return this.current;
  }

  /** Reads them anew and forgets what those left behind that are off now. True when something has changed. */
  async reload(): Promise<boolean> {
    const rows = (await listOwnChecks(this.db, { removed: false })).filter(({ enabled }) => enabled);
    const revision = JSON.stringify(rows.map(({ name, version }) => [name, version]));
    const hasChanged = revision !== this.revision;
    this.revision = revision;
    if (hasChanged)
      this.current = rows.map(({ name, version, definition }) => ({
        id: ownCheckId(name),
        check: ownCheckOf(definition),
        version,
        appliesTo: (cluster: string, database: string) => ownCheckApplies(definition, cluster, database),
      }));
    // At each look: a visit that was on its way when a check was switched off may have stored something since.
    await forgetOldOwnChecks(this.db, ownPrefix);
    return hasChanged;
  }
}
