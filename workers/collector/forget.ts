import { databasesWithResults, forgetResults } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { closeFindings } from '@/lib/store/findings';
import type { InstanceState } from '@/workers/collector/instance-state';

/** What checks of the other role saw and found on an instance no longer means anything. */
export async function forgetOtherRole(
  db: Store,
  state: InstanceState,
  role: 'primary' | 'standby',
): Promise<void> {
  const gone = state.checks.filter(({ check }) => check.runsOn !== 'any' && check.runsOn !== role);
  const checkIds = gone.map(({ id }) => id);
  await closeFindings(db, { instanceId: state.instance.id, checkIds }, new Date().toISOString());
  await forgetResults(db, state.instance.id, { checkIds });
  for (const id of checkIds) {
    for (const name of ['', ...state.databases.map((database) => database.name)])
      state.memories.forget(id, name);
  }
}

/** A database that was dropped takes what was seen and found in it along; its series stay as history. */
export async function forgetDatabases(
  db: Store,
  state: InstanceState,
  databases: readonly string[],
): Promise<void> {
  if (databases.length === 0) return;
  const at = new Date().toISOString();
  for (const database of databases) {
    await closeFindings(db, { instanceId: state.instance.id, database }, at);
    for (const { id } of state.checks) state.memories.forget(id, database);
  }
  // Last: by its results a database is found again that was only half forgotten when its worker ended.
  await forgetResults(db, state.instance.id, { databases });
}

/** Databases that something is stored of: on the first round also those that were dropped while nobody looked. */
export async function knownDatabases(db: Store, instanceId: string, state: InstanceState): Promise<string[]> {
  if (state.databases.length > 0) return state.databases.map(({ name }) => name);
  return databasesWithResults(db, instanceId);
}
