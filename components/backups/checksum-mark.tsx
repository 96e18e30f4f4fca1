import { StatusMark } from '@/components/ui/status-mark';
import type { Backup } from '@/lib/contract/backups';

const looks = {
  damaged: { status: 'crit', word: 'Damaged pages' },
  clean: { status: 'ok', word: 'Pages checked' },
  decoded: { status: 'ok', word: 'Read back whole' },
  unchecked: { status: 'unknown', word: 'Pages not checked' },
} as const;

/** What was checked of a copy while it was made: no proof that it can be restored. */
export function ChecksumMark({ checksums }: { checksums: Backup['checksums'] }) {
  return <StatusMark {...looks[checksums]} className="whitespace-nowrap" />;
}
