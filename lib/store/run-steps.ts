import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';
import type { ErrorBody } from '@/lib/store/schema';

export interface StepRow {
  ordinal: number;
  name: string;
  state: 'started' | 'done' | 'failed' | 'undecided';
  epoch: number;
  startedAt: string;
  finishedAt: string | null;
  output: JsonObject | null;
  error: ErrorBody | null;
}

export async function stepsOfRun(db: Store, runId: string): Promise<StepRow[]> {
  return db
    .selectFrom('run_steps')
    .select([
      'ordinal',
      'name',
      'state',
      'epoch',
      'started_at as startedAt',
      'finished_at as finishedAt',
      'output',
      'error',
    ])
    .where('run_id', '=', runId)
    .orderBy('ordinal')
    .execute();
}

/**
 * Writes that a step begins, before its effect. When a cancel was asked for, nothing is written and the answer is
 * `cancelled`: the cancel and the beginning of a step have one order, for everybody.
 */
export async function beginStep(
  db: Store,
  held: Held,
  ordinal: number,
  name: string,
  mayCancel: boolean,
): Promise<'begun' | 'cancelled'> {
  return fenced(db, held, async (trx, run) => {
    if (run.cancelRequested && mayCancel) return 'cancelled';
    await sql`
      insert into run_steps (run_id, ordinal, name, state, epoch)
      values (${held.runId}, ${ordinal}, ${name}, 'started', ${held.epoch})
      on conflict (run_id, ordinal) do update
      set state = 'started', epoch = excluded.epoch, started_at = clock_timestamp(), finished_at = null,
        output = null, error = null`.execute(trx);
    // A decision to repeat holds for this one beginning.
    await trx
      .updateTable('runs')
      .set({ decision: null, progress: null })
      .where('id', '=', held.runId)
      .execute();
    await addRunEvent(trx, held, 'step-started', { step: name });
    await hintNow(trx, 'run', held.runId);
    return 'begun';
  });
}

/** Writes that a step is done, with what it gave. */
export async function completeStep(
  db: Store,
  held: Held,
  ordinal: number,
  name: string,
  output: JsonObject,
  how: 'step-done' | 'step-found-done' | 'step-accepted' = 'step-done',
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await trx
      .updateTable('run_steps')
      .set({
        state: 'done',
        output: JSON.stringify(output),
        finished_at: sql<string>`clock_timestamp()`,
        epoch: held.epoch,
      })
      .where('run_id', '=', held.runId)
      .where('ordinal', '=', ordinal)
      .execute();
    if (how === 'step-accepted') {
      await trx.updateTable('runs').set({ decision: null }).where('id', '=', held.runId).execute();
    }
    await addRunEvent(trx, held, how, { step: name });
    await hintNow(trx, 'run', held.runId);
  });
}

/** Writes that a step has failed by its own word. */
export async function failStep(
  db: Store,
  held: Held,
  ordinal: number,
  name: string,
  error: ErrorBody,
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await trx
      .updateTable('run_steps')
      .set({ state: 'failed', error: JSON.stringify(error), finished_at: sql<string>`clock_timestamp()` })
      .where('run_id', '=', held.runId)
      .where('ordinal', '=', ordinal)
      .execute();
    await addRunEvent(trx, held, 'step-failed', { step: name, error: error.message });
  });
}
