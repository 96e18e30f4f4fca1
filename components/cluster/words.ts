import type { PurposeName } from '@/lib/contract/instances';

/** What each login is for, in the words of the forms. */
export const purposeWords: Record<PurposeName, { title: string; sentence: string; user: string }> = {
  watch: {
    title: 'Watch',
    sentence: 'Reads statistics for all checks. It needs no right to read or change your data.',
    user: 'plumbline_watch',
  },
  backup: {
    title: 'Backup',
    sentence: 'Reads all tables for logical backups. Leave it out if this server is backed up elsewhere.',
    user: 'plumbline_backup',
  },
  operate: {
    title: 'Operate',
    sentence:
      'Rebuilds indexes, makes partitions and cancels sessions, each only by a plan that a person started.',
    user: 'plumbline_operate',
  },
};

/** Server majors that scripts are made for, newest first. */
export const majors = [18, 17, 16, 15, 14] as const;

/** `150018` → 15; undefined while the server was not asked. */
export function majorOf(serverVersionNum: number | null): number | undefined {
  return serverVersionNum === null ? undefined : Math.floor(serverVersionNum / 10_000);
}
