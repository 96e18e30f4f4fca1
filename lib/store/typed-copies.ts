import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What became of a copy is kept for so long; the copy itself is not. */
const rowDays = 30;
/** Not even for a run that goes on: by then its files were fetched, or it hangs. */
const atMostHours = 48;

/** A copy that somebody typed, as everybody may know it. */
export interface TypedCopyRow {
  id: string;
  planId: string;
  /** What it opens: a repository, or what a key of dumps has encrypted. */
  repositoryId: string | null;
  dumpKeyId: string | null;
  typedByName: string;
  typedAt: string;
  expiresAt: string;
  runId: string | null;
  /** Why it can no longer be used; null while it can. */
  goneWhy: string | null;
}

const expired = 'It was typed more than half an hour ago, and no run had begun with it.';

/** Keeps what was sealed for a plan; the plan's request is there already. */
export async function insertTypedCopy(
  trx: Store,
  copy: {
    id: string;
    planId: string;
    repositoryId: string | null;
    dumpKeyId: string | null;
    sealed: Buffer;
    sealedKeyId: string;
    by: string;
  },
): Promise<void> {
  await trx
    .insertInto('typed_copies')
    .values({
      id: copy.id,
      plan_id: copy.planId,
      repository_id: copy.repositoryId,
      dump_key_id: copy.dumpKeyId,
      sealed: copy.sealed,
      sealed_key_id: copy.sealedKeyId,
      typed_by_name: copy.by,
    })
    .execute();
}

export async function findTypedCopy(db: Store, id: string): Promise<TypedCopyRow | undefined> {
  return db
    .selectFrom('typed_copies')
    .select([
      'id',
      'plan_id as planId',
      'repository_id as repositoryId',
      'dump_key_id as dumpKeyId',
      'typed_by_name as typedByName',
      'typed_at as typedAt',
      'expires_at as expiresAt',
      'run_id as runId',
      sql<string | null>`case
        when gone_at is not null then gone_why
        when run_id is null and expires_at <= clock_timestamp() then ${expired}
      end`.as('goneWhy'),
    ])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Gives a copy to the one run of its plan. False when it is gone, or another run or plan has it. */
export async function giveTypedCopy(
  trx: Store,
  of: { id: string; planId: string; runId: string },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('typed_copies')
    .set({ run_id: of.runId })
    .where('id', '=', of.id)
    .where('plan_id', '=', of.planId)
    .where('run_id', 'is', null)
    .where('gone_at', 'is', null)
    .where('expires_at', '>', sql<string>`clock_timestamp()`)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The sealed text, for the run that it was given to and for no other. */
export async function sealedTypedCopy(
  db: Store,
  of: { id: string; runId: string },
): Promise<
  | { sealed: Buffer; keyId: string; planId: string; repositoryId: string | null; dumpKeyId: string | null }
  | undefined
> {
  const row = await db
    .selectFrom('typed_copies')
    .select(['sealed', 'sealed_key_id as keyId', 'plan_id as planId'])
    .select(['repository_id as repositoryId', 'dump_key_id as dumpKeyId'])
    .where('id', '=', of.id)
    .where('run_id', '=', of.runId)
    .executeTakeFirst();
  return row?.sealed ? { ...row, sealed: row.sealed } : undefined;
}

/** Removes what was typed for a plan that cannot be started, or for a run that has ended. */
export async function dropTypedCopies(
  trx: Store,
  of: { planId: string } | { runId: string },
  why: string,
): Promise<void> {
  const [column, id] = 'planId' in of ? (['plan_id', of.planId] as const) : (['run_id', of.runId] as const);
  await trx
    .updateTable('typed_copies')
    .set({ sealed: null, gone_at: sql<string>`clock_timestamp()`, gone_why: why })
    .where(column, '=', id)
    .where('gone_at', 'is', null)
    .execute();
}

/** Removes what nobody has used in time, and rows that have said long enough what became of theirs. */
export async function sweepTypedCopies(db: Store): Promise<void> {
  await sql`
    update typed_copies
    set sealed = null, gone_at = clock_timestamp(), gone_why = ${expired}
    where gone_at is null
      and (
        (run_id is null and expires_at <= clock_timestamp())
        or typed_at <= clock_timestamp() - make_interval(hours => ${atMostHours})
      )`.execute(db);
  await sql`delete from typed_copies where gone_at < now() - make_interval(days => ${rowDays})`.execute(db);
}
