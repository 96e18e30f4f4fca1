import { existsSync, readFileSync } from 'node:fs';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import {
  noRepositoryLook,
  type RepositoryLook,
  repositoryLook,
  segmentBytesOf,
} from '@/lib/engine/repository-look';
import { defaultSegmentBytes, walPlace } from '@/lib/engine/wal-names';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { catalogSets, knownLabels, type ListedSet } from '@/lib/store/backup-catalog';
import type { Store } from '@/lib/store/db';
import {
  repositoryFacts,
  serverOfStanza,
  storeRepositoryLook,
  storeStanzaLook,
} from '@/lib/store/stanza-looks';
import type { StanzaRow } from '@/lib/store/stanzas';
import { readWalRanges, replaceWalRanges } from '@/lib/store/wal-ranges';
import { parseConfig } from '@/lib/tools/pgbackrest/config';
import { type InfoBackup, type StanzaInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';
import { type AskPlace, askInfo, type Problem } from '@/workers/repositories/ask';
import { type ArchiveSeen, listArchive } from '@/workers/repositories/list-archive';

/** The check whose rows say what the server itself counts as archived. */
const archiverCheck = 'archiver';

interface Seen {
  archiveId: string | null;
  archive: ArchiveSeen | undefined;
  sets: ListedSet[];
}

type Outcome = { seen: Seen } | { problem: Problem };

/**
 * One look at a stanza: what its repositories list, what their archives hold, whether a stop file stands. What can't be
 * read leaves everything as it was last seen, with the reason beside it.
 *
 * @returns whether every repository could be read.
 */
export async function lookAtStanza(
  db: Store,
  stanza: StanzaRow,
  how: { configFile(): Promise<string>; user: string | undefined; signal: AbortSignal },
): Promise<{ isRead: boolean }> {
  const triedAt = new Date().toISOString();
  // Both before the repository is asked: what is stored meanwhile must not be missed in an older answer.
  const known = await knownLabels(db, stanza.id);
  const server = await serverOfStanza(db, stanza.clusterId, archiverCheck);
  const repositories = await repositoryFacts(db, stanza.id);
  const lookOf = new Map(repositories.map(({ ordinal, facts }) => [ordinal, repositoryLook(facts)]));
  const ranges = await readWalRanges(
    db,
    stanza.id,
    (ordinal) => (lookOf.get(ordinal) ?? noRepositoryLook).segmentBytes,
  );
  const { user, signal } = how;
  const place: AskPlace = { configFile: '', stanza: stanza.name, user, signal };
  const asked = await asProblem(async () => {
    place.configFile = await how.configFile();
    return askInfo(place);
  });
  const outcomes = new Map<number, Outcome>();
  for (const { ordinal, isEncrypted } of repositories) {
    const before = lookOf.get(ordinal) ?? noRepositoryLook;
    if ('problem' in asked) {
      outcomes.set(ordinal, asked);
      continue;
    }
    outcomes.set(
      ordinal,
      await asProblem(() =>
        readRepository(place, asked.info, {
          stanza,
          ordinal,
          isEncrypted,
          before,
          segmentBytes: segmentBytesOf(server.segmentSetting) ?? before.segmentBytes,
          known: ranges.filter((range) => range.repository === ordinal),
        }),
      ),
    );
  }
  const stopFile = findStopFile(place);
  return db.transaction().execute(async (trx) => {
    for (const { id, ordinal } of repositories) {
      const before = lookOf.get(ordinal) ?? noRepositoryLook;
      const outcome = outcomes.get(ordinal);
      if (!outcome) continue;
      await storeRepositoryLook(trx, id, lookAfter(before, outcome, triedAt, server.lastArchived));
      if ('problem' in outcome) continue;
      const { archive, archiveId, sets } = outcome.seen;
      if (archive && archiveId !== null) {
        const { segmentBytes } = archive.look;
        const of = { stanzaId: stanza.id, repository: ordinal, archiveId, segmentBytes };
        await replaceWalRanges(trx, of, archive.ranges);
      }
      const owner = {
        stanzaId: stanza.id,
        clusterId: stanza.clusterId,
        instanceId: stanza.instanceId,
        workerName: stanza.workerName ?? '',
        repository: ordinal,
      };
      await catalogSets(trx, owner, sets, known.get(ordinal) ?? new Set());
    }
    const problems = [...outcomes.values()].flatMap((each) =>
      'problem' in each ? [each.problem.message] : [],
    );
    await storeStanzaLook(
      trx,
      stanza.id,
      { stopFile, isLocked: 'info' in asked && asked.info.status.lock?.backup?.held === true, triedAt },
      {
        problem: problems.length > 0 ? [...new Set(problems)].join(' ') : null,
        isSeen: problems.length < outcomes.size,
      },
    );
    return { isRead: problems.length === 0 };
  });
}

async function asProblem<T extends object>(act: () => Promise<T>): Promise<T | { problem: Problem }> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'cancelled') throw error;
    const next = error instanceof PlumblineError ? error.next : undefined;
    return {
      problem: { message: messageOf(error), next: next ?? 'See that the repository answers from this host.' },
    };
  }
}

async function readRepository(
  place: AskPlace,
  info: StanzaInfo,
  of: {
    stanza: StanzaRow;
    ordinal: number;
    isEncrypted: boolean;
    before: RepositoryLook;
    segmentBytes: number;
    known: Awaited<ReturnType<typeof readWalRanges>>;
  },
): Promise<Outcome> {
  const repo = info.repo.filter(({ key }) => key === of.ordinal);
  const problem = stanzaProblem({
    ...info,
    repo,
    ...(repo[0] && { status: { ...info.status, ...repo[0].status } }),
  });
  if (problem) return { problem };
  const own = <T extends { database: { 'repo-key': number } }>(each: T) =>
    each.database['repo-key'] === of.ordinal;
  const newest = info.archive.filter(own).sort((left, right) => right.database.id - left.database.id)[0];
  const archive = newest
    ? await listArchive(place, {
        repository: of.ordinal,
        isEncrypted: of.isEncrypted,
        stanza: place.stanza,
        archiveId: newest.id,
        segmentBytes: of.segmentBytes,
        known: of.known.filter(({ archiveId }) => archiveId === newest.id),
        before: of.before,
      })
    : undefined;
  const sets = info.backup.filter(own).map((set) => readSet(set, info, of.stanza));
  return { seen: { archiveId: newest?.id ?? null, archive, sets } };
}

function readSet(set: InfoBackup, info: StanzaInfo, stanza: StanzaRow): ListedSet {
  const { id, 'repo-key': repository } = set.database;
  const version = info.db.find((each) => each.id === id && each['repo-key'] === repository)?.version;
  const saved = backupSetOf(stanza, repository, set);
  return {
    ...saved,
    serverVersionNum: Math.floor(Number(version ?? 0)) * 10_000,
    annotations: Object.values(set.annotation ?? {}),
    facts: { ...saved.facts, archiveId: version === undefined ? null : `${version}-${id}` },
  };
}

function lookAfter(
  before: RepositoryLook,
  outcome: Outcome,
  triedAt: string,
  lastArchived: string | null,
): RepositoryLook {
  if ('problem' in outcome) {
    const { message, next } = outcome.problem;
    return { ...before, triedAt, problem: message, next, problemSince: before.problemSince ?? triedAt };
  }
  const { archive, archiveId } = outcome.seen;
  return {
    ...before,
    ...archive?.look,
    archiveId,
    lookedAt: triedAt,
    triedAt,
    problem: null,
    next: null,
    problemSince: null,
    believed: lastArchived,
    holdsBelieved: lastArchived === null ? null : holds(archive, lastArchived),
  };
}

/** Whether the archive has a segment; null for what is no segment (a history or a label was archived last). */
function holds(archive: ArchiveSeen | undefined, name: string): boolean | null {
  const at = walPlace(name, archive?.look.segmentBytes ?? defaultSegmentBytes);
  if (!at) return null;
  return (archive?.ranges ?? []).some(
    ({ timeline, first, last }) => timeline === at.timeline && first <= at.number && last >= at.number,
  );
}

/** `pgbackrest stop` leaves a file beside its locks (pgbackrest.org/command.html, “Stop Command”). */
function findStopFile(place: AskPlace): string | null {
  try {
    const global = parseConfig(readFileSync(place.configFile, 'utf8')).get('global');
    const folder = global?.get('lock-path')?.at(-1) ?? '/tmp/pgbackrest';
    const names = [`${place.stanza}.stop`, 'all.stop'].map((name) => `${folder}/${name}`);
    return names.find((path) => existsSync(path)) ?? null;
  } catch {
    // Without its configuration nothing else could be asked either, and that is said.
    return null;
  }
}
