import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import { type ApprovalWord, defaultApprovalMinutes } from '@/lib/engine/approval';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

const columns = [
  'id',
  'plan_hash as planHash',
  'kind',
  'by_id as byId',
  'by_name as byName',
  'reason',
  'at',
  'expires_at as expiresAt',
  'run_id as runId',
  'void_at as voidAt',
] as const;

/** What people said of a plan, oldest first. `lock` holds the rows until the transaction ends. */
export async function wordsOnPlan(db: Store, planId: string, lock?: 'lock'): Promise<ApprovalWord[]> {
  const query = db
    .selectFrom('plan_approvals')
    .select(columns)
    .where('plan_id', '=', planId)
    .orderBy('at')
    .orderBy('id');
  return (lock ? query.forUpdate() : query).execute();
}

export interface NewWord {
  planId: string;
  planHash: string;
  kind: ApprovalWord['kind'];
  byId: string | null;
  byName: string;
  reason: string;
  /** Minutes that it holds, on the database's clock. */
  minutes: number;
  runId?: string;
}

/** Writes down a word on a plan. @returns its id. */
export async function insertWord(trx: Store, word: NewWord): Promise<string> {
  const id = newId();
  await trx
    .insertInto('plan_approvals')
    .values({
      id,
      plan_id: word.planId,
      plan_hash: word.planHash,
      kind: word.kind,
      by_id: word.byId,
      by_name: word.byName,
      reason: word.reason,
      expires_at: sql<string>`clock_timestamp() + make_interval(mins => ${word.minutes})`,
      run_id: word.runId ?? null,
    })
    .execute();
  await hintNow(trx, 'plan', word.planId);
  return id;
}

/** Spends an approval on a run; false when it was spent, became void or expired meanwhile. */
export async function spendApproval(trx: Store, id: string, runId: string): Promise<boolean> {
  const spent = await trx
    .updateTable('plan_approvals')
    .set({ run_id: runId })
    .where('id', '=', id)
    .where('kind', '=', 'approval')
    .where('run_id', 'is', null)
    .where('void_at', 'is', null)
    .where('expires_at', '>', sql<string>`clock_timestamp()`)
    .returning('id')
    .executeTakeFirst();
  return spent !== undefined;
}

/** The word that a run was started on, with what the people behind it may do now. */
export interface SpentWord {
  planId: string;
  planHash: string;
  kind: ApprovalWord['kind'];
  byId: string | null;
  byName: string;
  isVoid: boolean;
  isExpired: boolean;
  /** Whether the person still is one: not removed and not switched off. */
  isPerson: boolean;
  role: 'viewer' | 'operator' | 'dba' | null;
}

/** @returns undefined when the run was started on nobody’s word. */
export async function wordOfRun(db: Store, runId: string): Promise<SpentWord | undefined> {
  const { rows } = await sql<SpentWord>`
    select
      word.plan_id as "planId",
      word.plan_hash as "planHash",
      word.kind,
      word.by_id as "byId",
      word.by_name as "byName",
      word.void_at is not null as "isVoid",
      word.expires_at <= clock_timestamp() as "isExpired",
      person.id is not null and person.disabled_at is null as "isPerson",
      person.role
    from plan_approvals as word
    left join users as person on person.id = word.by_id
    where word.run_id = ${runId}`.execute(db);
  return rows[0];
}

/** All approvals of a plan are void from now on: what it would do has changed. */
export async function voidApprovals(db: Store, planId: string, why: string): Promise<void> {
  await db
    .updateTable('plan_approvals')
    .set({ void_at: sql<string>`clock_timestamp()`, void_why: why })
    .where('plan_id', '=', planId)
    .where('kind', '=', 'approval')
    .where('void_at', 'is', null)
    .execute();
  await hintNow(db, 'plan', planId);
}

/** Another person's look at broken glass; false when it was reviewed already. */
export async function reviewWord(
  trx: Store,
  id: string,
  by: { id: string | null; name: string },
  note: string,
): Promise<boolean> {
  const reviewed = await trx
    .updateTable('plan_approvals')
    .set({
      reviewed_at: sql<string>`clock_timestamp()`,
      reviewed_by: by.id,
      reviewed_by_name: by.name,
      review_note: note,
    })
    .where('id', '=', id)
    .where('kind', '=', 'break-glass')
    .where('reviewed_at', 'is', null)
    .returning('plan_id')
    .executeTakeFirst();
  if (reviewed) await hintNow(trx, 'plan', reviewed.plan_id);
  return reviewed !== undefined;
}

/** How long an approval holds, in minutes: the row `approvals` of the settings, or an hour. */
export async function approvalMinutes(db: Store): Promise<number> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', 'approvals')
    .executeTakeFirst();
  const minutes = row?.value.minutes;
  return typeof minutes === 'number' && minutes >= 1 ? minutes : defaultApprovalMinutes;
}

export async function setApprovalMinutes(trx: Store, minutes: number): Promise<void> {
  const value = JSON.stringify({ minutes });
  await trx
    .insertInto('settings')
    .values({ key: 'approvals', value })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({ value, updated_at: sql<string>`clock_timestamp()` }),
    )
    .execute();
}
