import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { assertConfirmed } from '@/lib/commands/clusters';
import { instanceOrThrow } from '@/lib/commands/instances';
import type { OwnCheck } from '@/lib/contract/own-checks';
import type { JsonObject } from '@/lib/engine/define-job';
import { askedHash, ownCheckId } from '@/lib/engine/own-checks';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { enqueue } from '@/lib/store/outbox';
import {
  findOwnCheck,
  insertTrial,
  markOwnCheck,
  type OwnCheckRow,
  passedTrials,
  storeOwnCheck,
} from '@/lib/store/own-checks';

interface Meta {
  requestId: string;
}

export type SaveOutcome = 'added' | 'changed' | 'unchanged';

/**
 * Asks a worker of the server's pool to run a check once with the watch login, and to change nothing.
 *
 * @throws PlumblineError `conflict` when the server is a draft: it has passed no test of its connection.
 */
export async function tryOwnCheck(
  db: Store,
  actor: Actor,
  input: { instanceId: string; database?: string; definition: OwnCheck },
  meta: Meta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-checks');
  return db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, input.instanceId);
    if (instance.state === 'draft') {
      throw new PlumblineError('conflict', `${instance.name} is a draft: nothing is asked there yet.`, {
        next: 'Test its connection first, or try the check on another server.',
      });
    }
    const id = await insertTrial(trx, {
      instanceId: instance.id,
      database: input.database ?? null,
      definition: input.definition,
      askedHash: askedHash(input.definition),
      by: actor.name,
    });
    await enqueue(trx, { topic: 'test', subjectId: id, queue: instance.pool });
    await audit(trx, actor, 'try', input.definition.name, meta, {
      instance: instance.name,
      sql: input.definition.sql,
    });
    await hintNow(trx, 'test', id);
    return { id };
  });
}

/**
 * Adds a check or a new version of one. Switched on, it must have passed a trial in exactly this form within a day.
 *
 * @throws PlumblineError `conflict` when the name is taken (with `isNew`), or when it was not tried and is to run.
 */
export async function saveOwnCheck(
  db: Store,
  actor: Actor,
  input: { definition: OwnCheck; enabled: boolean; isNew?: boolean },
  meta: Meta,
): Promise<{ id: string; version: number; outcome: SaveOutcome; enabled: boolean }> {
  assertAllowed(actor, 'manage-checks');
  const { definition, enabled } = input;
  const { name } = definition;
  return inTransaction(db, async (trx) => {
    const before = await findOwnCheck(trx, name, 'lock');
    const isThere = before !== undefined && before.removed_at === null;
    if (input.isNew && isThere) {
      throw new PlumblineError('conflict', `There is a check ${name} already.`, {
        next: 'Choose another name, or change that check.',
        fields: { name: 'Taken by another check.' },
      });
    }
    if (isThere && sameText(before.definition, definition)) {
      if (before.enabled !== enabled) await turn(trx, actor, before, enabled, meta);
      return { id: ownCheckId(name), version: before.version, outcome: 'unchanged', enabled };
    }
    // New thresholds or words on a check that runs ask no server anything new.
    const asksTheSame = isThere && before.enabled && askedHash(before.definition) === askedHash(definition);
    if (enabled && !asksTheSame) await assertTried(trx, definition);
    const version = (before?.version ?? 0) + 1;
    await storeOwnCheck(trx, { definition, version, enabled, by: actor.name });
    const outcome = isThere ? ('changed' as const) : ('added' as const);
    await audit(trx, actor, isThere ? 'change' : 'add', name, meta, {
      version,
      enabled,
      sql: definition.sql,
    });
    if (enabled) await collectWhereTried(trx, definition);
    return { id: ownCheckId(name), version, outcome, enabled };
  });
}

/**
 * Changes a check: its definition, whether it runs, or both. Its name stays: history hangs on it.
 *
 * @throws PlumblineError `bad-input` for another name, `conflict` when it is to run and was not tried as it stands.
 */
export async function changeOwnCheck(
  db: Store,
  actor: Actor,
  name: string,
  change: { definition?: OwnCheck; enabled?: boolean },
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-checks');
  if (change.definition && change.definition.name !== name) {
    throw new PlumblineError('bad-input', 'The name of a check cannot be changed.', {
      next: 'Add it under the new name, then remove this one.',
      fields: { name: 'Cannot be changed.' },
    });
  }
  await db.transaction().execute(async (trx) => {
    const check = await ownCheckOrThrow(trx, name);
    const enabled = change.enabled ?? check.enabled;
    if (change.definition) await saveOwnCheck(trx, actor, { definition: change.definition, enabled }, meta);
    else if (check.enabled !== enabled) await turn(trx, actor, check, enabled, meta);
  });
}

/** Removes a check after its name was typed. What it saw and found stays readable under its name. */
export async function removeOwnCheck(
  db: Store,
  actor: Actor,
  name: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-checks');
  await db.transaction().execute(async (trx) => {
    await ownCheckOrThrow(trx, name);
    assertConfirmed(confirm, name);
    await markOwnCheck(trx, name, { enabled: false, removed: true, by: actor.name });
    await audit(trx, actor, 'remove', name, meta);
  });
}

/** A file of checks is saved in one transaction of its own: all of it or nothing. */
function inTransaction<T>(db: Store, work: (trx: Store) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

async function ownCheckOrThrow(trx: Store, name: string): Promise<OwnCheckRow> {
  const check = await findOwnCheck(trx, name, 'lock');
  if (check && check.removed_at === null) return check;
  throw new PlumblineError('not-found', 'There is no such check.', { next: 'It may have been removed.' });
}

async function turn(
  trx: Store,
  actor: Actor,
  check: OwnCheckRow,
  enabled: boolean,
  meta: Meta,
): Promise<void> {
  if (enabled) await assertTried(trx, check.definition);
  await markOwnCheck(trx, check.name, { enabled, by: actor.name });
  await audit(trx, actor, enabled ? 'switch-on' : 'switch-off', check.name, meta, { version: check.version });
  if (enabled) await collectWhereTried(trx, check.definition);
}

async function assertTried(trx: Store, definition: OwnCheck): Promise<void> {
  const hash = askedHash(definition);
  if ((await passedTrials(trx, [hash])).has(hash)) return;
  throw new PlumblineError('conflict', `${definition.name} has not passed a trial as it stands.`, {
    next: 'Try it on a server first; it can be switched on within a day of a trial that passed.',
  });
}

/** Where it was tried people wait for its first figures; elsewhere it comes with the next round. */
async function collectWhereTried(trx: Store, definition: OwnCheck): Promise<void> {
  const hash = askedHash(definition);
  const where = (await passedTrials(trx, [hash])).get(hash);
  if (where) await enqueue(trx, { topic: 'collect', subjectId: where.instanceId, queue: where.pool });
}

/** jsonb keeps no order of keys: compared is what they say. */
function sameText(left: OwnCheck, right: OwnCheck): boolean {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(
      entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]),
    );
  };
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function audit(
  trx: Store,
  actor: Actor,
  verb: string,
  name: string,
  meta: Meta,
  details: JsonObject = {},
): Promise<void> {
  return appendAudit(trx, {
    actor,
    action: `check.${verb}`,
    subject: { kind: 'check', id: ownCheckId(name), name },
    details,
    requestId: meta.requestId,
  });
}
