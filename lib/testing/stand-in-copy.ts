import { randomUUID } from 'node:crypto';
import type { OpenCopy } from '@/lib/engine/define-job';
import { startScratchCluster } from '@/lib/procedures/scratch-cluster';
import type { TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { toolUserName } from '@/lib/tools/system-user';

export interface StandInCopy extends OpenCopy {
  /** Runs statements in one of its databases, as its superuser. */
  sql(database: string, statements: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** A server like a copy that stays open, without the restore before it: on a socket of its own, trusted there. */
export async function standInCopy(like: TestPostgres): Promise<StandInCopy> {
  const scratch = scratchDirectory('copy');
  const server = await startScratchCluster({
    dir: `${scratch.path}/pg`,
    major: like.programs.major,
    user: toolUserName(),
    signal: new AbortController().signal,
    log: () => {},
  });
  const session = await server.connect();
  await session.query(`create role ${like.superuser} superuser`);
  await session.close();
  return {
    id: randomUUID(),
    mode: 'promoted',
    directory: scratch.path,
    major: server.major,
    socketDir: server.socketDir,
    port: server.port,
    user: server.user,
    connect: server.connect,
    sql: async (database, statements) => {
      const session = await server.connect(database);
      try {
        // What it holds belongs to whom it belonged on the server that it is a copy of.
        await session.query(`set session authorization ${like.superuser}`);
        await session.query('set search_path = public');
        for (const statement of statements) await session.query(statement);
      } finally {
        await session.close();
      }
    },
    stop: async () => {
      await server.stop();
      scratch.remove();
    },
  };
}
