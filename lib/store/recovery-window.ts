import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import {
  betweenOf,
  recoveryWindow,
  type Stretch,
  type TimelineWindow,
  unionOf,
  withoutBase,
} from '@/lib/engine/recovery-window';
import {
  type RepositoryLook,
  repositoryLook,
  type StanzaLook,
  stanzaLook,
} from '@/lib/engine/repository-look';
import { walPlace } from '@/lib/engine/wal-names';
import type { Store } from '@/lib/store/db';
import type { BackupMethod, BackupState } from '@/lib/store/schema';
import { repositoryFacts } from '@/lib/store/stanza-looks';
import { listStanzas, type StanzaRow } from '@/lib/store/stanzas';
import { readWalRanges, type StoredRange } from '@/lib/store/wal-ranges';

/** A backup set of a stanza, whatever became of it. Times are epoch seconds. */
export interface SetRow {
  id: string;
  repository: number;
  label: string;
  method: BackupMethod | null;
  state: BackupState;
  hasErrors: boolean;
  dependsOn: string[];
  timeline: number | null;
  walFirst: string | null;
  walLast: string | null;
  archiveId: string | null;
  bytes: number;
  startedAt: number;
  stoppedAt: number;
}

/** What the primary's archiver was last seen to do. */
export interface ArchiverSeen {
  instanceId: string;
  instanceName: string;
  timeline: number | null;
  /** ISO 8601. */
  observedAt: string | null;
  state: string | null;
  reason: string | null;
  exposureSeconds: number | null;
  notArchiving: string | null;
  lastArchived: string | null;
}

export interface RepositoryRecovery {
  ordinal: number;
  isEncrypted: boolean;
  look: RepositoryLook;
  ranges: StoredRange[];
  /** The timeline of the server first, then those that lead away from it. */
  windows: TimelineWindow[];
}

/** What the console knows of how a cluster could be brought back, from what was saved of it. */
export interface ClusterRecovery {
  stanza: StanzaRow | undefined;
  look: StanzaLook;
  archiver: ArchiverSeen | undefined;
  repositories: RepositoryRecovery[];
  sets: SetRow[];
  /** Ids of sets that can be restored now, with all that they need. */
  restorableIds: Set<string>;
  /** Seconds that any repository can reach on the server's own timeline; epoch seconds. */
  reachable: Stretch[];
  holes: Stretch[];
}

/** Reads all of it in a handful of statements and works the window out; nothing is asked of server or repository. */
export async function clusterRecovery(db: Store, clusterId: string): Promise<ClusterRecovery> {
  const [stanza] = await listStanzas(db, { clusterId });
  const archiver = await archiverOf(db, clusterId);
  if (!stanza) {
    const nothing = {
      repositories: [],
      sets: [],
      reachable: [],
      holes: [],
      restorableIds: new Set<string>(),
    };
    return { stanza, look: stanzaLook({}), archiver, ...nothing };
  }
  const facts = await repositoryFacts(db, stanza.id);
  const looks = new Map(facts.map((each) => [each.ordinal, repositoryLook(each.facts)]));
  const sizeOf = (ordinal: number) => (looks.get(ordinal) ?? repositoryLook({})).segmentBytes;
  const [ranges, sets] = await Promise.all([readWalRanges(db, stanza.id, sizeOf), setsOf(db, stanza.id)]);
  const repositories = facts.map(({ ordinal, isEncrypted, facts: own }): RepositoryRecovery => {
    const look = repositoryLook(own);
    const inArchive = ranges.filter((r) => r.repository === ordinal && r.archiveId === look.archiveId);
    const windows = windowsOf(
      look,
      inArchive,
      sets.filter(
        ({ repository, archiveId }) =>
          repository === ordinal && (archiveId ?? look.archiveId) === look.archiveId,
      ),
      archiver,
    );
    return { ordinal, isEncrypted, look, ranges: inArchive, windows };
  });
  const reachable = unionOf(repositories.flatMap(({ windows }) => windows[0]?.reaches ?? []));
  const restorableIds = new Set(
    repositories.flatMap(({ windows }) => windows.flatMap((each) => each.restorableIds)),
  );
  return {
    stanza,
    look: stanzaLook(stanza.facts),
    archiver,
    repositories,
    sets,
    restorableIds,
    reachable,
    holes: betweenOf(reachable),
  };
}

function windowsOf(
  look: RepositoryLook,
  ranges: readonly StoredRange[],
  sets: readonly SetRow[],
  archiver: ArchiverSeen | undefined,
): TimelineWindow[] {
  const { segmentBytes } = look;
  const marked = sets.map((set) => ({ ...set, isGood: set.state === 'ready' && !set.hasErrors }));
  const baseless = withoutBase(marked);
  const backups = marked.flatMap(({ id, walFirst, walLast, timeline, startedAt, stoppedAt, isGood }) => {
    const [first, last] = [walFirst, walLast].map((name) => walPlace(name ?? '', segmentBytes)?.number);
    if (first === undefined || last === undefined || timeline === null) return [];
    return [{ id, timeline, first, last, startedAt, stoppedAt, isGood: isGood && !baseless.has(id) }];
  });
  return recoveryWindow({
    ranges,
    backups,
    branches: look.branches,
    current: archiver?.timeline ?? null,
    live: liveOf(archiver, segmentBytes),
  });
}

/** What the server itself counts as archived, and of which moment that is all. */
function liveOf(archiver: ArchiverSeen | undefined, segmentBytes: number) {
  const { lastArchived, observedAt, exposureSeconds, notArchiving } = archiver ?? {};
  const place = walPlace(lastArchived ?? '', segmentBytes);
  if (!place || typeof observedAt !== 'string' || typeof exposureSeconds !== 'number') return undefined;
  if (notArchiving !== null) return undefined;
  return { ...place, at: Date.parse(observedAt) / 1000 - exposureSeconds };
}

async function setsOf(db: Store, stanzaId: string): Promise<SetRow[]> {
  const { rows } = await sql<SetRow>`
    select id, repository, label, method, state, has_errors as "hasErrors", depends_on as "dependsOn", timeline,
      wal_first as "walFirst", wal_last as "walLast", facts ->> 'archiveId' as "archiveId", bytes,
      extract(epoch from started_at)::float8 as "startedAt", extract(epoch from finished_at)::float8 as "stoppedAt"
    from backups
    where stanza_id = ${stanzaId}
      and label is not null
      and repository is not null
    order by finished_at desc
    limit 5000`.execute(db);
  return rows;
}

/** The check that reads the archiver: its rows are the server's own word. */
const archiverCheck = 'archiver';

async function archiverOf(db: Store, clusterId: string): Promise<ArchiverSeen | undefined> {
  const { rows } = await sql<{
    id: string;
    name: string;
    timeline: number | null;
    state: string | null;
    reason: string | null;
    observed_at: string | null;
    row: JsonObject | null;
  }>`
    select instance.id, instance.name, instance.timeline, result.state, result.reason, result.observed_at,
      result.rows -> 0 as row
    from instances as instance
    left join check_results as result
      on result.instance_id = instance.id and result.check_id = ${archiverCheck} and result.database = ''
    where instance.cluster_id = ${clusterId}
      and instance.state = 'active'
      and instance.role <> 'standby'
    order by instance.role = 'primary' desc, instance.name
    limit 1`.execute(db);
  const [seen] = rows;
  if (!seen) return undefined;
  const text = (name: string) => (typeof seen.row?.[name] === 'string' ? (seen.row[name] as string) : null);
  const exposure = seen.row?.exposure_seconds;
  return {
    instanceId: seen.id,
    instanceName: seen.name,
    timeline: seen.timeline,
    observedAt: seen.observed_at,
    state: seen.state,
    reason: seen.reason,
    exposureSeconds: typeof exposure === 'number' ? exposure : null,
    notArchiving: text('not_archiving'),
    lastArchived: text('last_archived_wal'),
  };
}
