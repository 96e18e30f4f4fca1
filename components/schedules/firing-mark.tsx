import Link from 'next/link';
import { StatusMark } from '@/components/ui/status-mark';
import type { Firing } from '@/lib/contract/schedules';

const words: Record<Firing['outcome'], string> = {
  planning: 'Planning',
  started: 'Started',
  blocked: 'Blocked',
  failed: 'No plan',
  skipped: 'Skipped',
};
const looks: Record<Firing['outcome'], string> = {
  planning: 'planning',
  started: 'running',
  blocked: 'warn',
  failed: 'failed',
  skipped: 'stopped',
};

/** What became of a firing: the state of its run where there is one. */
export function FiringMark({ firing }: { firing: Firing }) {
  if (firing.runId) {
    return (
      <Link href={`/runs/${firing.runId}`} prefetch={false} className="hover:underline">
        <StatusMark status={firing.runState ?? 'running'} />
      </Link>
    );
  }
  return <StatusMark status={looks[firing.outcome]} word={words[firing.outcome]} />;
}
