import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { StatusMark } from '@/components/ui/status-mark';
import type { Backup } from '@/lib/contract/backups';

/** Whether a backup was ever proven, and how long ago: never drilled is no pass. */
export function DrillMark({ drill }: { drill: Backup['lastDrill'] }) {
  if (!drill) return <StatusMark status="unknown" word="Never drilled" className="whitespace-nowrap" />;
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      <StatusMark status={drill.verdict} />
      <Link href={`/runs/evidence/${drill.evidenceId}`} prefetch={false} className="link">
        <Age at={drill.at} />
      </Link>
    </span>
  );
}
