import { PlumblineError } from '@/lib/base/errors';
import {
  type OwnCheck,
  type OwnCheckDetail,
  type OwnCheckView,
  type Trial,
  trialResultSchema,
} from '@/lib/contract/own-checks';
import { askedHash, ownCheckId } from '@/lib/engine/own-checks';
import { described } from '@/lib/queries/checks';
import { ownDescriptor } from '@/lib/queries/known-checks';
import { yamlOf } from '@/lib/queries/own-check-yaml';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import {
  findOwnCheck,
  findTrial,
  listOwnChecks,
  type OwnCheckRow,
  passedTrials,
  versionsOfOwnCheck,
} from '@/lib/store/own-checks';

/** Checks that people wrote and that were not removed, by name. */
export async function ownChecks(db: Store): Promise<{ items: OwnCheckView[] }> {
  const rows = await listOwnChecks(db, { removed: false });
  const tried = await passedTrials(
    db,
    rows.map(({ definition }) => askedHash(definition)),
  );
  return { items: rows.map((row) => view(row, tried.has(askedHash(row.definition)))) };
}

/** One of them with its versions, also when it was removed. @throws PlumblineError `not-found` */
export async function ownCheck(db: Store, name: string): Promise<OwnCheckDetail> {
  const row = await findOwnCheck(db, name);
  if (!row)
    throw new PlumblineError('not-found', 'There is no such check.', { next: 'See the list of checks.' });
  const hash = askedHash(row.definition);
  const [versions, tried] = await Promise.all([versionsOfOwnCheck(db, name), passedTrials(db, [hash])]);
  return {
    ...view(row, tried.has(hash)),
    versions: versions.map(({ version, made_by_name: madeBy, made_at: madeAt, definition }) => ({
      ...{ version, madeBy, madeAt, definition },
    })),
    yaml: yamlOf([row.definition]),
    check: described(ownDescriptor(row.definition)),
  };
}

function view(row: OwnCheckRow, tried: boolean): OwnCheckView {
  return {
    id: ownCheckId(row.name),
    version: row.version,
    enabled: row.enabled,
    removed: row.removed_at !== null,
    definition: row.definition,
    updatedBy: row.updated_by_name,
    updatedAt: row.updated_at,
    tried,
  };
}

/** A trial and what it showed. @throws PlumblineError `not-found` */
export async function trial(db: Store, id: string): Promise<Trial> {
  const row = await findTrial(db, id);
  if (!row)
    throw new PlumblineError('not-found', 'There is no such trial.', { next: 'Try the check again.' });
  const instance = await findInstance(db, row.instance_id);
  return {
    id: row.id,
    state: row.state,
    pool: instance?.pool ?? '',
    requestedAt: row.requested_at,
    ok: row.ok,
    result: trialResultSchema.safeParse(row.result).data ?? null,
  };
}

/** All of them, or one, as a YAML file. @throws PlumblineError `not-found` */
export async function exportedChecks(db: Store, name?: string): Promise<{ yaml: string }> {
  const rows = await listOwnChecks(db, { removed: false });
  const wanted: OwnCheck[] = rows
    .filter((row) => name === undefined || row.name === name)
    .map(({ definition }) => definition);
  if (name !== undefined && wanted.length === 0)
    throw new PlumblineError('not-found', `There is no check ${name} of your own.`, {
      next: 'See the list of checks.',
    });
  return { yaml: yamlOf(wanted) };
}
