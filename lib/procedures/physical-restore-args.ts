import type { RestoreLayout } from '@/lib/procedures/physical-restore-config';
import type { BackupSet } from '@/lib/procedures/physical-restore-set';
import { type RecoveryTarget, serverTime } from '@/lib/procedures/recovery-target';
import { type BackrestPlace, backrestArgs } from '@/lib/tools/pgbackrest/argv';

export interface RestoreWanted {
  place: BackrestPlace;
  repository: number;
  set: Pick<BackupSet, 'label' | 'tablespaces'>;
  target: RecoveryTarget;
  timeline: number;
  layout: Pick<RestoreLayout, 'data' | 'tablespaces'>;
  action: 'pause' | 'promote';
  processMax: number;
}

/**
 * Arguments of `pgbackrest restore`. Every tablespace is mapped by its number and any other by the rule for all; links
 * are not restored as links; whatever the configuration file says of them is put aside. Never --delta, never --force:
 * side by side they would rewrite the source's own tablespaces (pgbackrest.org/command.html#command-restore).
 */
export function restoreArgs(wanted: RestoreWanted): string[] {
  const { place, set, target, layout } = wanted;
  const selects = target.type === 'latest' ? 'default' : target.type;
  return backrestArgs('restore', place, {
    repo: wanted.repository,
    set: set.label,
    'pg1-path': layout.data,
    'tablespace-map': set.tablespaces.map(({ oid }) => `${oid}=${layout.tablespaces}/${oid}`),
    'tablespace-map-all': layout.tablespaces,
    'link-all': false,
    'reset-link-map': true,
    'reset-db-include': true,
    'reset-recovery-option': true,
    delta: false,
    'archive-mode': 'off',
    type: selects,
    ...(target.type === 'time' && { target: serverTime(target.at) }),
    ...(target.type === 'lsn' && {
      target: target.lsn,
      ...(target.exclusive && { 'target-exclusive': true }),
    }),
    ...(target.type === 'xid' && { target: target.xid }),
    ...(target.type !== 'latest' && { 'target-action': wanted.action }),
    // At its own end a backup has no choice of timelines.
    'target-timeline': target.type === 'immediate' ? undefined : wanted.timeline,
    'process-max': wanted.processMax,
  });
}
