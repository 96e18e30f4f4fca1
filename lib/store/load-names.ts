import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What the load of an instance can be sliced by. */
export const loadDimensions = ['wait', 'query', 'username', 'database', 'application', 'host'] as const;
export type LoadDimension = (typeof loadDimensions)[number];

/** The number that stands for what is beyond a limit. */
export const otherName = 0;
/** An application that puts a new number into its name each time must not fill the store. */
const namesAtMost = 5_000;
const keptDays = 95;

/** Names of an instance as numbers: name → number by dimension. One per instance and lease. */
export class LoadNames {
  private ids: Map<string, number> | undefined;
  private readonly counts = new Map<LoadDimension, number>();
  private seenDay = '';
  private readonly seen = new Set<number>();

  private keyOf(dimension: LoadDimension, value: string): string {
    return `${dimension} ${value}`;
  }

  get(dimension: LoadDimension, value: string): number {
    return this.ids?.get(this.keyOf(dimension, value)) ?? otherName;
  }

  /** After a transaction that was rolled back: names that it made are not there. */
  clear(): void {
    this.ids = undefined;
  }

  /** Makes the names that are new, up to the limit, and marks the used ones once a day. */
  async remember(
    db: Store,
    instanceId: string,
    day: string,
    wanted: Record<LoadDimension, ReadonlySet<string>>,
  ): Promise<void> {
    const ids = this.ids ?? (await this.load(db, instanceId));
    const used: number[] = [];
    for (const dimension of loadDimensions) {
      const unseen: string[] = [];
      for (const value of wanted[dimension]) {
        const id = ids.get(this.keyOf(dimension, value));
        if (id === undefined) unseen.push(value);
        else used.push(id);
      }
      const room = namesAtMost - (this.counts.get(dimension) ?? 0);
      const fresh = unseen.slice(0, Math.max(0, room));
      if (fresh.length > 0) await this.make(db, instanceId, dimension, fresh, ids);
    }
    await this.mark(db, day, used);
  }

  private async load(db: Store, instanceId: string): Promise<Map<string, number>> {
    const { rows } = await sql<{ id: number; dimension: LoadDimension; value: string }>`
      select id, dimension, value from load_names where instance_id = ${instanceId}`.execute(db);
    const ids = new Map<string, number>();
    this.counts.clear();
    for (const { id, dimension, value } of rows) this.add(ids, dimension, value, id);
    this.ids = ids;
    return ids;
  }

  private add(ids: Map<string, number>, dimension: LoadDimension, value: string, id: number): void {
    ids.set(this.keyOf(dimension, value), id);
    this.counts.set(dimension, (this.counts.get(dimension) ?? 0) + 1);
  }

  private async make(
    db: Store,
    instanceId: string,
    dimension: LoadDimension,
    values: string[],
    ids: Map<string, number>,
  ): Promise<void> {
    const { rows } = await sql<{ id: number; value: string }>`
      insert into load_names (instance_id, dimension, value)
      select ${instanceId}::uuid, ${dimension}, value
      from unnest(${values}::text[]) as new (value)
      on conflict (instance_id, dimension, value) do update set last_at = now()
      returning id, value`.execute(db);
    for (const { id, value } of rows) this.add(ids, dimension, value, id);
  }

  private async mark(db: Store, day: string, used: readonly number[]): Promise<void> {
    if (day !== this.seenDay) this.seen.clear();
    this.seenDay = day;
    const fresh = used.filter((id) => !this.seen.has(id));
    if (fresh.length === 0) return;
    await sql`update load_names set last_at = now() where id = any (${fresh}::int[])`.execute(db);
    for (const id of fresh) this.seen.add(id);
  }
}

/** Forgets names that nothing can refer to any more: load is kept for fewer days. */
export async function forgetLoadNames(db: Store): Promise<void> {
  await sql`delete from load_names where last_at < now() - make_interval(days => ${keptDays}::int)`.execute(
    db,
  );
}
