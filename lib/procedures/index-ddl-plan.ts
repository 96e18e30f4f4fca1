import type { PlanDraft, Session } from '@/lib/engine/define-job';
import { olderTransactions, preparedTransactions, seesOthers } from '@/lib/procedures/reindex-facts';

/** 14.0 to 14.3 could write a concurrently built index without some rows (release notes of 14.4). */
export const firstSafeVersion = 140_004;

/** Whom a concurrent index statement would wait for now, as warnings and as a table for the plan. */
export async function waitingFacts(
  session: Session,
): Promise<{ warnings: string[]; tables: NonNullable<PlanDraft['tables']> }> {
  const older = await olderTransactions(session);
  const prepared = await preparedTransactions(session);
  const warnings: string[] = [];
  if (older.length > 0)
    warnings.push(`It will wait for ${older.length} open transactions, while reads and writes go on.`);
  if (!(await seesOthers(session))) {
    warnings.push(
      'The operate login does not see other sessions, so whom this will wait for is not known: grant it pg_monitor.',
    );
  }
  if (prepared > 0) {
    warnings.push(
      `${prepared} prepared transactions are open in this database; it may wait for them for ever.`,
    );
  }
  return {
    warnings,
    tables: [
      {
        title: 'Transactions that it would wait for now',
        columns: ['Process', 'Login', 'Application', 'State', 'Open for (s)', 'Waits'],
        rows: older,
      },
    ],
  };
}
