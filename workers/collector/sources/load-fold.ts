import type { SqlRow } from '@/lib/engine/define-job';
import type { LoadBucket, LoadTuple } from '@/lib/store/load';

/** What has no name of its own: a parallel worker's address, a session without a database. */
const none = '(none)';
const other = '(other)';
/** Working without waiting: on a processor, or ready for one. */
const onProcessor = 'CPU';
/** Kinds of sessions of one bucket; what is beyond is summed by its wait. */
const tuplesAtMost = 100;
const nameMaxLength = 200;

/** Runs of the console carry their number in their name: they are one application. */
const ownRun = /^plumbline\/[0-9a-f-]{36}\/\d+(\/child)?$/;

const text = (value: SqlRow[string] | undefined) =>
  value === null || value === undefined || value === ''
    ? none
    : String(value).slice(0, nameMaxLength).replaceAll('\0', '');

/** What one row of a sample (`sampleSql`) counts as. */
export function tupleOf(row: SqlRow): Omit<LoadTuple, 'count'> {
  const background = row.background === true;
  const application = text(row.application);
  return {
    background,
    wait: row.wait_event_type === null ? onProcessor : `${row.wait_event_type}:${row.wait_event}`,
    query: text(row.query_id),
    username: background ? String(row.backend_type) : text(row.username),
    database: text(row.database),
    application: ownRun.test(application) ? 'plumbline (a run)' : application,
    host: text(row.host),
  };
}

/** The samples of ten seconds, summed as they come. */
export class LoadFold {
  taken = 0;
  missed = 0;
  private readonly byKind = new Map<string, LoadTuple>();

  add(rows: readonly SqlRow[]): void {
    this.taken += 1;
    for (const row of rows) this.count({ ...tupleOf(row), count: 1 }, this.byKind);
  }

  private count(tuple: LoadTuple, into: Map<string, LoadTuple>): void {
    const { background, wait, query, username, database, application, host } = tuple;
    const key = JSON.stringify([background, wait, query, username, database, application, host]);
    const known = into.get(key);
    if (known) known.count += tuple.count;
    else into.set(key, { ...tuple });
  }

  /** As it is stored: the most frequent kinds by name, the rest summed by what they waited for. */
  bucket(at: string): LoadBucket {
    const sorted = [...this.byKind.values()].sort((left, right) => right.count - left.count);
    const kept = new Map<string, LoadTuple>();
    for (const [place, tuple] of sorted.entries()) {
      const rest = { query: other, username: other, database: other, application: other, host: other };
      this.count(place < tuplesAtMost ? tuple : { ...tuple, ...rest }, kept);
    }
    return { at, taken: this.taken, missed: this.missed, tuples: [...kept.values()] };
  }
}
