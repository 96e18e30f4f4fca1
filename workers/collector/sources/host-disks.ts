import type { CheckRow } from '@/lib/engine/define-check';
import { diskOf, type HostDisk } from '@/lib/engine/host-reading';
import { withTransaction } from '@/lib/instance/transaction';
import { fillRates } from '@/lib/store/hosts';
import type { KnownHost } from '@/workers/collector/sources/host';
import { tablespacesSql, writtenSql } from '@/workers/collector/sources/host-sql';
import type { SourceContext, SourceDeps } from '@/workers/collector/sources/source';

/** A line through less than this says nothing of next week. */
const trendSeconds = 6 * 3600;
const farDays = 3650;

/** The disks of data, WAL and tablespaces, with the days until each is full at the rate of the last week. */
export async function diskRows(
  host: KnownHost,
  context: SourceContext,
  deps: SourceDeps,
): Promise<CheckRow[]> {
  const disks = host.reading
    ? await holding(host.reading.disks, context)
    : await typedDisk(host.typed?.diskBytes, context);
  const rates = await fillRates(
    deps.db,
    context.instanceId,
    context.checkId ?? '',
    { key: 'mount', used: 'used_bytes' },
    trendSeconds,
  );
  return disks.map(({ mount, holds, totalBytes, freeBytes }) => {
    const used = totalBytes - freeBytes;
    const rate = rates.get(mount) ?? null;
    const days = rate !== null && rate > 0 ? freeBytes / rate / 86_400 : null;
    return {
      mount,
      holds: holds.join(', '),
      source: host.source,
      total_bytes: totalBytes,
      used_bytes: used,
      free_bytes: freeBytes,
      used_percent: (100 * used) / totalBytes,
      growth_bytes_per_day: rate === null ? null : rate * 86_400,
      days_left: days !== null && days < farDays ? days : null,
    };
  });
}

interface Places {
  dataDirectory: string | undefined;
  tablespaces: { oid: string; name: string; location: string }[];
}

async function placesOf({ session, surroundings, timeoutMs }: SourceContext): Promise<Places> {
  const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
  const rows = await withTransaction(session, limits, (inner) => inner.query(tablespacesSql));
  return {
    dataDirectory: surroundings.settings.data_directory,
    tablespaces: rows.map((row) => ({
      oid: String(row.oid),
      name: String(row.name),
      location: String(row.location ?? ''),
    })),
  };
}

/** Only filesystems that hold something of this server. node_exporter sees no links: where WAL lies it cannot tell. */
async function holding(disks: readonly HostDisk[], context: SourceContext): Promise<HostDisk[]> {
  const { dataDirectory, tablespaces } = await placesOf(context);
  const names = new Map(tablespaces.map(({ oid, name }) => [`tablespace ${oid}`, `tablespace ${name}`]));
  const found = disks.map((disk) => ({ ...disk, holds: disk.holds.map((each) => names.get(each) ?? each) }));
  if (found.every(({ holds }) => holds.length === 0)) {
    if (dataDirectory) diskOf(found, dataDirectory)?.holds.push('data');
    for (const { name, location } of tablespaces)
      if (location) diskOf(found, location)?.holds.push(`tablespace ${name}`);
  }
  return found.filter(({ holds }) => holds.length > 0);
}

/** Of a machine that nobody can ask: its size as typed in, filled by what the server itself knows to have written. */
async function typedDisk(totalBytes: number | undefined, context: SourceContext): Promise<HostDisk[]> {
  if (totalBytes === undefined) return [];
  const limits = { readOnly: true, statementTimeoutMs: context.timeoutMs, lockTimeoutMs: 1_000 };
  const [row] = await withTransaction(context.session, limits, (inner) => inner.query(writtenSql));
  const used = Math.min(totalBytes, Number(row?.used ?? 0));
  return [{ mount: 'typed in', holds: ['databases', 'WAL'], totalBytes, freeBytes: totalBytes - used }];
}
