import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, ReadAnswer } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { fenced, type Held } from '@/lib/store/run-claims';

/** An answer may hold people's data: it is there for as long as somebody reads it, and not longer. */
export const answerSeconds = 15 * 60;
const maxTextBytes = 1024 * 1024;
const maxFactsBytes = 64 * 1024;

export interface StoredAnswer {
  facts: JsonObject;
  text: string | null;
  /** Before it was cut. */
  textBytes: number;
  storedAt: string;
  expiresAt: string;
}

/** The first bytes of a text that fit, whole characters only. A zero byte cannot be stored. */
function cutToBytes(text: string, maxBytes: number): string {
  const clean = text.replaceAll('\0', '');
  if (Buffer.byteLength(clean) <= maxBytes) return clean;
  const cut = Buffer.from(clean).subarray(0, maxBytes).toString('utf8');
  return cut.replace(/\uFFFD+$/, '');
}

/**
 * Stores what a run that only reads has to say, within its hold.
 *
 * @throws PlumblineError `too-large` when the facts are more than 64 KiB; `lease-lost`.
 */
export async function storeAnswer(db: Store, held: Held, answer: ReadAnswer): Promise<void> {
  const facts = JSON.stringify(answer.facts).replaceAll('\\u0000', '');
  if (Buffer.byteLength(facts) > maxFactsBytes) {
    throw new PlumblineError('too-large', 'The facts of the answer are larger than 64 KiB.');
  }
  const row = {
    facts,
    text: answer.text === undefined ? null : cutToBytes(answer.text, maxTextBytes),
    text_bytes: Buffer.byteLength(answer.text ?? ''),
    stored_at: sql<string>`clock_timestamp()`,
    expires_at: sql<string>`clock_timestamp() + make_interval(secs => ${answerSeconds})`,
  };
  await fenced(db, held, async (trx) => {
    await trx
      .insertInto('read_answers')
      .values({ run_id: held.runId, ...row })
      .onConflict((conflict) => conflict.column('run_id').doUpdateSet(row))
      .execute();
  });
}

/** The answer of a run while it has not expired, whether or not it was removed already. */
export async function findAnswer(db: Store, runId: string): Promise<StoredAnswer | undefined> {
  const row = await db
    .selectFrom('read_answers')
    .select(['facts', 'text', 'text_bytes', 'stored_at', 'expires_at'])
    .where('run_id', '=', runId)
    .where('expires_at', '>', sql<string>`clock_timestamp()`)
    .executeTakeFirst();
  return (
    row && {
      facts: row.facts,
      text: row.text,
      textBytes: Number(row.text_bytes),
      storedAt: row.stored_at,
      expiresAt: row.expires_at,
    }
  );
}

/**
 * Removes answers whose time is over, and takes input and exact acts out of requests that only read. What is left says
 * who asked for which kind on which server, and how it ended.
 *
 * @returns how many answers and requests were forgotten.
 */
export async function forgetReads(db: Store): Promise<number> {
  const answers = await sql`delete from read_answers where expires_at <= clock_timestamp()`.execute(db);
  const requests = await sql`
    with forgotten as (
      update plan_requests as request
      set input = '{}', forget_at = null
      where forget_at <= clock_timestamp()
        and not exists (
          select
          from runs
          where runs.plan_id = request.id
            and runs.state in ('queued', 'running', 'needs-decision')
        )
      returning request.id
    )
    update plans
    set document = document || '{"acts": [], "params": {}, "warnings": [], "blockers": []}',
        error = error || '{"message": "It is forgotten by now."}'
    from forgotten
    where plans.id = forgotten.id`.execute(db);
  return Number(answers.numAffectedRows ?? 0) + Number(requests.numAffectedRows ?? 0);
}
