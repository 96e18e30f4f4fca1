import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import { noRepositoryLook, type RepositoryLook, type StanzaLook } from '@/lib/engine/repository-look';
import type { WalRange } from '@/lib/engine/wal-continuity';
import { walName } from '@/lib/engine/wal-names';
import type { Store } from '@/lib/store/db';
import { storeRepositoryLook, storeStanzaLook } from '@/lib/store/stanza-looks';
import { replaceWalRanges } from '@/lib/store/wal-ranges';
import type { CheckWatcher } from '@/lib/testing/check-kit';
import { type WatchedHost, watchedHost } from '@/lib/testing/host-kit';
import { forgetSharedRecovery } from '@/workers/collector/sources/recovery';

/** A backup of a test: places count segments, one segment a minute, the newest `now`. */
export interface StoredSet {
  first: number;
  last?: number;
  method?: 'full' | 'diff' | 'incr';
  state?: string;
  hasErrors?: boolean;
  dependsOn?: string[];
}

export interface StoredStanza {
  stanzaId: string;
  repositoryId: string;
  /** Epoch seconds at which a segment was archived. */
  at(segment: number): number;
  /** Puts these stretches of segments in the place of what the archive held. */
  archive(...stretches: [first: number, last: number][]): Promise<void>;
  addSet(set: StoredSet): Promise<{ id: string; label: string }>;
  look(change: Partial<RepositoryLook>): Promise<void>;
  stanzaLook(look: Partial<StanzaLook>, problem?: string | null): Promise<void>;
}

/** What a worker would have stored of a stanza with one repository: no tool is run, `newest` is the segment of now. */
export async function storedStanza(
  db: Store,
  of: { clusterId: string; instanceId: string },
  newest = 100,
): Promise<StoredStanza> {
  const stanzaId = newId();
  const repositoryId = newId();
  const now = Date.now() / 1000;
  const at = (segment: number) => now - (newest - segment) * 60;
  const { segmentBytes } = noRepositoryLook;
  let look: RepositoryLook = {
    ...noRepositoryLook,
    archiveId: '15-1',
    lookedAt: new Date().toISOString(),
    triedAt: new Date().toISOString(),
  };
  await sql`
    insert into stanzas (id, cluster_id, instance_id, name, worker_name, state, created_by_name)
    values (${stanzaId}, ${of.clusterId}, ${of.instanceId}, 'main', 'w1', 'active', 'test')`.execute(db);
  await sql`
    insert into stanza_repositories (id, stanza_id, ordinal, path)
    values (${repositoryId}, ${stanzaId}, 1, '/repository')`.execute(db);
  await storeRepositoryLook(db, repositoryId, look);
  await storeStanzaLook(
    db,
    stanzaId,
    { stopFile: null, isLocked: false, triedAt: look.triedAt },
    { problem: null, isSeen: true },
  );
  const nameOf = (number: number) => walName({ timeline: 1, number }, segmentBytes);
  return {
    stanzaId,
    repositoryId,
    at,
    archive: async (...stretches) => {
      const ranges = stretches.map(
        ([first, last]): WalRange => ({ timeline: 1, first, last, firstAt: at(first), lastAt: at(last) }),
      );
      await replaceWalRanges(db, { stanzaId, repository: 1, archiveId: '15-1', segmentBytes }, ranges);
    },
    addSet: async ({
      first,
      last = first,
      method = 'full',
      state = 'ready',
      hasErrors = false,
      dependsOn = [],
    }) => {
      const id = newId();
      const label = `set-${first}-${id.slice(-4)}`;
      await sql`
        insert into backups (id, cluster_id, instance_id, type, path, worker_name, bytes, server_version_num, started_at,
          finished_at, facts, method, stanza_id, repository, label, depends_on, timeline, wal_first, wal_last,
          has_errors, state)
        values (${id}, ${of.clusterId}, ${of.instanceId}, 'physical', ${`/repository/backup/main/${label}`}, 'w1', 1000,
          150000, to_timestamp(${at(first) - 30}), to_timestamp(${at(last) - 10}), '{"archiveId": "15-1"}', ${method},
          ${stanzaId}, 1, ${label}, ${dependsOn}, 1, ${nameOf(first)}, ${nameOf(last)}, ${hasErrors}, ${state})
      `.execute(db);
      return { id, label };
    },
    look: async (change) => {
      look = { ...look, ...change };
      await storeRepositoryLook(db, repositoryId, look);
    },
    stanzaLook: (change, problem = null) =>
      storeStanzaLook(
        db,
        stanzaId,
        { stopFile: null, isLocked: false, triedAt: look.triedAt, ...change },
        { problem, isSeen: problem === null },
      ),
  };
}

export interface RecoveryHost {
  host: WatchedHost;
  stanza: StoredStanza;
  watch(checkId: string): Promise<CheckWatcher>;
}

/** A watched primary with a stored stanza: each run of a check reads what is stored at that moment. */
export async function recoveryHost(): Promise<RecoveryHost> {
  const host = await watchedHost();
  const { ownerDb } = host.console;
  await sql`update instances set role = 'primary', timeline = 1 where id = ${host.instanceId}`.execute(
    ownerDb,
  );
  return {
    host,
    stanza: await storedStanza(ownerDb, host),
    watch: async (checkId) => {
      const watcher = await host.watch(checkId);
      const run: CheckWatcher['run'] = (options) => {
        forgetSharedRecovery();
        return watcher.run(options);
      };
      return { ...watcher, run };
    },
  };
}
