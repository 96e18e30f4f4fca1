import { type Selectable, sql, type Transaction } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type InstanceTestRow = Selectable<Database['instance_tests']>;
type Db = Store | Transaction<Database>;

/** Asks for a connection test; `activate` makes a draft active when it passes. @returns its id. */
export async function insertTest(
  db: Db,
  test: { instanceId: string; requestedBy: string; activate: boolean },
): Promise<string> {
  const id = newId();
  await db
    .insertInto('instance_tests')
    .values({ id, instance_id: test.instanceId, requested_by: test.requestedBy, activate: test.activate })
    .execute();
  return id;
}

export function findTest(db: Db, id: string): Promise<InstanceTestRow | undefined> {
  return db.selectFrom('instance_tests').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The newest test of an instance. */
export function latestTest(db: Db, instanceId: string): Promise<InstanceTestRow | undefined> {
  return db
    .selectFrom('instance_tests')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Whether the newest ended test passed and began after the instance and each of its logins were last changed. Compared
 * in the database: to the millisecond, as JavaScript has it, a change at the moment of the test would pass as tested.
 */
export async function passedSinceChange(db: Db, instanceId: string): Promise<boolean> {
  const newest = await db
    .selectFrom('instance_tests as test')
    .innerJoin('instances as instance', 'instance.id', 'test.instance_id')
    .select(({ and, eb, selectFrom }) =>
      and([
        eb('test.ok', '=', true),
        eb('test.started_at', '>', eb.ref('instance.updated_at')),
        eb(
          'test.started_at',
          '>',
          eb.fn.coalesce(
            selectFrom('instance_logins as login')
              .select((login) => login.fn.max('login.updated_at').as('at'))
              .whereRef('login.instance_id', '=', 'instance.id'),
            sql<string>`'-infinity'::timestamptz`,
          ),
        ),
      ]).as('passed'),
    )
    .where('test.instance_id', '=', instanceId)
    .where('test.state', '=', 'done')
    .orderBy('test.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.passed === true;
}

/** Takes a requested test: undefined when somebody else has, or when it does not exist. */
export function claimTest(db: Db, id: string): Promise<InstanceTestRow | undefined> {
  return db
    .updateTable('instance_tests')
    .set({ state: 'running', started_at: sql`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .returningAll()
    .executeTakeFirst();
}

/** Stores what a running test found. @returns false when it was given up on in the meantime. */
export async function finishTest(db: Db, id: string, ok: boolean, result: JsonObject): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('instance_tests')
    .set({ state: 'done', finished_at: sql`clock_timestamp()`, ok, result: JSON.stringify(result) })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Requested tests of these pools that nobody took, oldest first: their wake-up was lost. */
export function waitingTests(
  db: Db,
  pools: readonly string[],
  olderThanSeconds: number,
): Promise<{ id: string }[]> {
  return db
    .selectFrom('instance_tests as test')
    .innerJoin('instances as instance', 'instance.id', 'test.instance_id')
    .select('test.id')
    .where('test.state', '=', 'requested')
    .where('instance.pool', 'in', [...pools])
    .where('test.requested_at', '<', sql<string>`now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy('test.id')
    .limit(20)
    .execute();
}

/** Ends tests whose worker died while they ran. @returns their ids. */
export async function giveUpTests(db: Db, olderThanSeconds: number, result: JsonObject): Promise<string[]> {
  const rows = await db
    .updateTable('instance_tests')
    .set({ state: 'done', finished_at: sql`clock_timestamp()`, ok: false, result: JSON.stringify(result) })
    .where('state', '=', 'running')
    .where('started_at', '<', sql<string>`now() - make_interval(secs => ${olderThanSeconds})`)
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}
