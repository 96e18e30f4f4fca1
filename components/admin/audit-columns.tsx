import { Moment } from '@/components/ui/age';
import type { Column } from '@/components/ui/data-table';
import { Badge } from '@/components/ui/status-mark';
import type { AuditEntry } from '@/lib/contract/audit';

/** Details as one line: `role: viewer → dba, disabled: true`. Values come from rows and stay text. */
export function detailText(details: AuditEntry['details']): string {
  if (details === null) return 'for the role dba';
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(', ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object' && 'from' in value && 'to' in value) {
    return `${valueText(value.from)} → ${valueText(value.to)}`;
  }
  return JSON.stringify(value);
}

// The end of a UUIDv7 is its random part; the whole of it is in the title and in the export.
function shortId(id: string | null): string {
  return id === null || id.length < 20 ? (id ?? '') : `…${id.slice(-8)}`;
}

export const auditColumns: Column<AuditEntry>[] = [
  { id: 'at', header: 'When', value: (entry) => entry.at, cell: (entry) => <Moment at={entry.at} /> },
  {
    id: 'actor',
    header: 'Who',
    value: (entry) => entry.actorName,
    cell: (entry) => (
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
        {entry.actorName}
        {entry.actorKind === 'user' ? null : <Badge>{entry.actorKind}</Badge>}
      </span>
    ),
  },
  { id: 'action', header: 'Did', mono: true, value: (entry) => entry.action },
  {
    id: 'subject',
    header: 'To what',
    value: (entry) => entry.subjectName ?? entry.subjectId ?? '',
    cell: (entry) => (
      <span className="block max-w-64 truncate" title={entry.subjectName ?? entry.subjectId ?? undefined}>
        <span className="text-muted">{entry.subjectKind}</span>{' '}
        {entry.subjectName ?? shortId(entry.subjectId)}
      </span>
    ),
  },
  { id: 'details', header: 'Details', wide: true, value: (entry) => detailText(entry.details) },
  { id: 'request', header: 'Request', mono: true, hidden: true, value: (entry) => entry.requestId },
];
