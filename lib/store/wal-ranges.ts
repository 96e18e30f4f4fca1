import { sql } from 'kysely';
import { joinRanges, type WalRange } from '@/lib/engine/wal-continuity';
import { walName, walPlace } from '@/lib/engine/wal-names';
import type { Store } from '@/lib/store/db';

/** One archive of a repository: there is one per server that ever archived into it. */
export interface ArchiveOf {
  stanzaId: string;
  repository: number;
  archiveId: string;
  segmentBytes: number;
}

export interface StoredRange extends WalRange {
  repository: number;
  archiveId: string;
}

interface RangeRow {
  repository: number;
  archiveId: string;
  first: string;
  last: string;
  firstAt: number | null;
  lastAt: number | null;
}

/** What the archives of a stanza held when they were last read; names that fit no segment of the size are left out. */
export async function readWalRanges(
  db: Store,
  stanzaId: string,
  segmentBytesOf: (repository: number) => number,
): Promise<StoredRange[]> {
  const { rows } = await sql<RangeRow>`
    select repository, archive_id as "archiveId", first_segment as first, last_segment as last,
      extract(epoch from first_at)::float8 as "firstAt", extract(epoch from last_at)::float8 as "lastAt"
    from wal_ranges
    where stanza_id = ${stanzaId}
    order by repository, archive_id, timeline, first_segment`.execute(db);
  return rows.flatMap(({ first, last, ...row }) => {
    const [from, to] = [first, last].map((name) => walPlace(name, segmentBytesOf(row.repository)));
    if (!from || !to) return [];
    return [{ ...row, timeline: from.timeline, first: from.number, last: to.number }];
  });
}

/** Puts what an archive holds now in the place of what was known of it. */
export async function replaceWalRanges(
  trx: Store,
  { stanzaId, repository, archiveId, segmentBytes }: ArchiveOf,
  ranges: readonly WalRange[],
): Promise<void> {
  await trx
    .deleteFrom('wal_ranges')
    .where('stanza_id', '=', stanzaId)
    .where('repository', '=', repository)
    .where('archive_id', '=', archiveId)
    .execute();
  const document = joinRanges(ranges).map(({ timeline, first, last, firstAt, lastAt }) => ({
    timeline,
    first: walName({ timeline, number: first }, segmentBytes),
    last: walName({ timeline, number: last }, segmentBytes),
    first_at: firstAt,
    last_at: lastAt,
    segments: last - first + 1,
  }));
  if (document.length === 0) return;
  await sql`
    insert into wal_ranges (stanza_id, repository, archive_id, timeline, first_segment, last_segment, first_at, last_at,
      segments, looked_at)
    select ${stanzaId}, ${repository}, ${archiveId}, timeline, first, last, to_timestamp(first_at), to_timestamp(last_at),
      segments, clock_timestamp()
    from jsonb_to_recordset(${JSON.stringify(document)}::jsonb)
      as seen (timeline int8, first text, last text, first_at float8, last_at float8, segments int8)`.execute(
    trx,
  );
}
