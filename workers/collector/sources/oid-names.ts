import type { Session, SqlRow } from '@/lib/engine/define-job';
import { namesSql } from '@/workers/collector/sources/session-sql';

/** A role that was renamed is known by its new name this much later. */
const freshMs = 600_000;

/** Names of roles and databases that samples have shown: each is asked for once and remembered for a while. */
export class OidNames {
  private readonly roles = new Map<number, string>();
  private readonly databases = new Map<number, string>();
  private readAt = performance.now();

  /** The rows of a sample with `username` and `database`. A parallel worker gets its leader's address. */
  async named(session: Session, rows: readonly SqlRow[], deadlineMs: number): Promise<SqlRow[]> {
    if (performance.now() - this.readAt > freshMs) {
      this.roles.clear();
      this.databases.clear();
      this.readAt = performance.now();
    }
    await this.learn(session, rows, deadlineMs);
    const hosts = new Map(rows.map((row) => [row.pid, row.host ?? 'local']));
    return rows.map((row) => ({
      ...row,
      username: this.roles.get(Number(row.user_oid)) ?? null,
      database: this.databases.get(Number(row.database_oid)) ?? null,
      host:
        row.backend_type === 'parallel worker'
          ? (hosts.get(row.leader_pid ?? null) ?? null)
          : (row.host ?? 'local'),
    }));
  }

  private async learn(session: Session, rows: readonly SqlRow[], deadlineMs: number): Promise<void> {
    const unknown = (column: 'user_oid' | 'database_oid', known: ReadonlyMap<number, string>) =>
      [...new Set(rows.map((row) => Number(row[column] ?? 0)))].filter((oid) => oid > 0 && !known.has(oid));
    const users = unknown('user_oid', this.roles);
    const databases = unknown('database_oid', this.databases);
    if (users.length === 0 && databases.length === 0) return;
    for (const row of await session.query(namesSql, [users, databases], { deadlineMs })) {
      (row.is_role === true ? this.roles : this.databases).set(Number(row.oid), String(row.name));
    }
    // What was dropped meanwhile has no name; it is not asked for again and again.
    for (const oid of users) if (!this.roles.has(oid)) this.roles.set(oid, `#${oid}`);
    for (const oid of databases) if (!this.databases.has(oid)) this.databases.set(oid, `#${oid}`);
  }
}
