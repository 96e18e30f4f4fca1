import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { BackupDetail } from '@/lib/contract/backups';

/** Sets that share their files: one without the other is no backup. */
export function ChainPanel({ backup }: { backup: BackupDetail }) {
  if (backup.chain.length === 0) return null;
  const parts = [
    { relation: 'needs', title: 'It needs' },
    { relation: 'needed-by', title: 'It is needed by' },
  ] as const;
  return (
    <Panel title="Chain" note="A differential or incremental set holds only what changed since its base.">
      {parts.map(({ relation, title }) => {
        const rows = backup.chain.filter((each) => each.relation === relation);
        return rows.length === 0 ? null : (
          <div key={relation} className="mb-2">
            <h3 className="text-sm text-muted">{title}</h3>
            <ul className="text-sm leading-6">
              {rows.map((row) => (
                <li key={row.id} className="flex flex-wrap items-center gap-x-2">
                  <StatusMark
                    status={row.hasErrors ? 'error' : row.state}
                    word={row.hasErrors ? 'Damaged' : undefined}
                  />
                  <Link href={`/backups/${row.id}`} prefetch={false} className="link font-mono text-xs">
                    {row.label}
                  </Link>
                  <Age at={row.finishedAt} className="text-muted" />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </Panel>
  );
}
