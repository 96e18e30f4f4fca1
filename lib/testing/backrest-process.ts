import { readFileSync } from 'node:fs';
import { until } from '@/lib/testing/until';
import { groupMembers, observeProcessGroups, type ProcessGroup } from '@/lib/tools/process-groups';

/** The process group of the next `pgbackrest backup` of this test process, once its workers are at it. */
export function nextBackup(): Promise<ProcessGroup> {
  return new Promise((resolve) => {
    const stop = observeProcessGroups({
      started: async (group) => {
        let line = '';
        try {
          line = readFileSync(`/proc/${group.groupId}/cmdline`, 'latin1');
        } catch {
          return;
        }
        if (!line.endsWith('\0backup\0')) return;
        stop();
        await until(() => groupMembers(group.groupId).length > 1, 'its workers run');
        resolve(group);
      },
      ended: () => undefined,
    });
  });
}
