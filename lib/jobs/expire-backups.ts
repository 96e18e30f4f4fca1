import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  type ExpiryContext,
  expireDumps,
  expireSets,
  expireWal,
  reportExpiry,
} from '@/lib/procedures/expiry';
import { planExpiry } from '@/lib/procedures/expiry-plan';

/**
 * One person is enough, and a schedule may be that person. What goes is no choice of this run: the policy says it, which
 * only a dba changes, with its effect shown and in the audit log. The plan names every backup, and the run looks at each
 * once more: what is pinned, held, proven last, needed or in use stays whatever anybody approved. A second person each
 * night would approve unread, or be away until the disk is full, which ends archiving. So the catalogue's rule holds that
 * a kind which a schedule starts needs no second person: here the pin, the hold and the last look are the second one.
 */
export default defineJob({
  title: 'Expire backups',
  summary:
    'Removes the backups that the cluster’s retention no longer keeps, each after a last look: nothing that is pinned, held, proven last, needed or in use goes.',
  version: 1,
  risk: 'high',
  permission: 'manage-retention',
  as: 'watch',
  runsOn: 'any',
  where: 'host',
  needsServer: false,
  locks: (_input, target) => [`expiry:${target.clusterId}`, `stanza:${target.clusterId}`],
  input: z.object({}),
  plan: planExpiry,
  steps: [
    {
      name: 'dumps',
      title: 'Remove dumps and their uploaded copies',
      safety: 'idempotent',
      run: (ctx: ExpiryContext) => expireDumps(ctx),
    },
    {
      name: 'sets',
      title: 'Expire backup sets',
      safety: 'idempotent',
      run: (ctx: ExpiryContext) => expireSets(ctx),
    },
    {
      name: 'wal',
      title: 'Remove WAL that nothing needs',
      safety: 'idempotent',
      run: (ctx: ExpiryContext) => expireWal(ctx),
    },
    {
      name: 'report',
      title: 'Say what went',
      safety: 'idempotent',
      run: (ctx: ExpiryContext) => reportExpiry(ctx),
    },
  ],
  undo: { none: 'Files of an expired backup are removed and nothing brings them back.' },
  schedulable: true,
  shows: 'expiry',
});
