import { z } from 'zod';
import type { JsonObject } from '@/lib/engine/define-job';

/** A time with its offset: without one, pgBackRest reads it in its zone and the server in another. */
const momentSchema = z.iso.datetime({
  offset: true,
  error: 'Give the time with its offset, such as +00:00.',
});

const lsnPattern = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;

/** Where recovery ends (manual: Recovery Target). */
export const recoveryTargetSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('latest') }),
  z.object({ type: z.literal('time'), at: momentSchema }),
  z.object({
    type: z.literal('lsn'),
    lsn: z.string().regex(lsnPattern, 'A place in the WAL looks like 0/5000028.'),
    /** Ends before this record instead of after it. */
    exclusive: z.boolean().optional(),
  }),
  z.object({ type: z.literal('xid'), xid: z.string().regex(/^\d{1,20}$/, 'A transaction’s number.') }),
  z.object({ type: z.literal('immediate') }),
]);
export type RecoveryTarget = z.infer<typeof recoveryTargetSchema>;

export type TargetProblem = { message: string; next: string; field: 'at' | 'lsn' | 'xid' };

/** The fields of a form that asks for a target, in the shape that a job's input wants: flat and JSON. */
export const targetFields = {
  to: z.enum(['latest', 'time', 'lsn', 'xid', 'immediate']).default('latest').meta({
    title: 'Recover to',
    description:
      'The latest saved change, a time, a place in the WAL, before or after a transaction, or the end of the backup.',
  }),
  at: momentSchema.optional().meta({
    title: 'Time',
    description: 'With its offset: 2026-11-21T08:15:00+00:00. Changes committed later are not in the copy.',
  }),
  lsn: z.string().regex(lsnPattern, 'A place in the WAL looks like 0/5000028.').optional().meta({
    title: 'Place in the WAL (LSN)',
  }),
  exclusive: z.boolean().default(false).meta({
    title: 'End before that place',
    description: 'Without it the record at that place is still replayed.',
  }),
  xid: z
    .string()
    .regex(/^\d{1,20}$/, 'A transaction’s number.')
    .optional()
    .meta({ title: 'Transaction', description: 'It is the last one that is replayed.' }),
};

/** The target that such fields say, or which field is missing. */
export function targetOfFields(fields: {
  to: RecoveryTarget['type'];
  at?: string;
  lsn?: string;
  exclusive?: boolean;
  xid?: string;
}): { target: RecoveryTarget } | { missing: 'at' | 'lsn' | 'xid' } {
  if (fields.to === 'time') {
    return fields.at ? { target: { type: 'time', at: fields.at } } : { missing: 'at' };
  }
  if (fields.to === 'lsn') {
    if (!fields.lsn) return { missing: 'lsn' };
    return { target: { type: 'lsn', lsn: fields.lsn, ...(fields.exclusive && { exclusive: true }) } };
  }
  if (fields.to === 'xid')
    return fields.xid ? { target: { type: 'xid', xid: fields.xid } } : { missing: 'xid' };
  return { target: { type: fields.to } };
}

/** A place in the WAL as one number. @throws RangeError when it is none. */
export function lsnNumber(lsn: string): bigint {
  const [high, low] = lsn.split('/');
  if (!lsnPattern.test(lsn) || high === undefined || low === undefined)
    throw new RangeError(`no LSN: ${lsn}`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** What must be known of a backup to tell which moments it can reach. */
export interface ReachableBackup {
  label: string;
  /** ISO 8601: before it, the files that were copied do not fit together yet. */
  stoppedAt: string;
  stopLsn: string | null;
}

/**
 * Why a target cannot be reached from a backup; undefined when nothing speaks against it. A target inside the backup
 * is FATAL “requested recovery stop point is before consistent recovery point”, one in the future never comes.
 */
export function targetProblem(
  target: RecoveryTarget,
  backup: ReachableBackup | undefined,
  now: Date,
): TargetProblem | undefined {
  if (target.type === 'time') {
    if (Date.parse(target.at) > now.getTime()) {
      return {
        message: `The time ${target.at} is still to come.`,
        next: 'Choose a moment that has passed, or the latest change.',
        field: 'at',
      };
    }
    if (backup && Date.parse(target.at) <= Date.parse(backup.stoppedAt)) {
      return {
        message: `The backup ${backup.label} ended at ${backup.stoppedAt}; it can reach no moment before that.`,
        next: 'Choose a later moment, or a backup that ended before it.',
        field: 'at',
      };
    }
  }
  if (target.type === 'lsn' && backup?.stopLsn && lsnNumber(target.lsn) < lsnNumber(backup.stopLsn)) {
    return {
      message: `The backup ${backup.label} ended at ${backup.stopLsn}; ${target.lsn} lies before that.`,
      next: 'Choose a later place, or a backup that ended before it.',
      field: 'lsn',
    };
  }
  return undefined;
}

/**
 * The backup to begin with: the newest one that ended before the target and in which no damaged page was found; with
 * damaged ones alone, the newest of those. A transaction's number tells no time, so any backup may lie behind it:
 * then a person names one.
 */
export function backupFor<B extends ReachableBackup & { hasErrors: boolean }>(
  backups: readonly B[],
  target: RecoveryTarget,
  now: Date,
): B | undefined {
  const able = backups
    .filter((backup) => targetProblem(target, backup, now) === undefined)
    .sort((a, b) => Date.parse(b.stoppedAt) - Date.parse(a.stoppedAt));
  return able.find((backup) => !backup.hasErrors) ?? able[0];
}

/**
 * A time as `recovery_target_time` takes it: a server that starts reads its settings before it knows any abbreviation of
 * a zone, `Z` among them, and refuses the whole file. All other digits stay, microseconds too.
 */
export function serverTime(at: string): string {
  return at.replace(/z$/i, '+00:00');
}

/** PostgreSQL's settings for a target. Only that one is named: even an empty one after it counts as a second. */
export function targetSettings(target: RecoveryTarget): Record<string, string> {
  switch (target.type) {
    case 'latest':
      return {};
    case 'time':
      return { recovery_target_time: serverTime(target.at) };
    case 'xid':
      return { recovery_target_xid: target.xid };
    case 'lsn':
      return {
        recovery_target_lsn: target.lsn,
        recovery_target_inclusive: target.exclusive ? 'off' : 'on',
      };
    case 'immediate':
      return { recovery_target: 'immediate' };
  }
}

/** How people read a target. */
export function targetText(target: RecoveryTarget): string {
  switch (target.type) {
    case 'latest':
      return 'the latest saved change';
    case 'time':
      return target.at;
    case 'xid':
      return `the end of transaction ${target.xid}`;
    case 'lsn':
      return `${target.exclusive ? 'just before' : 'just after'} ${target.lsn}`;
    case 'immediate':
      return 'the end of the backup';
  }
}

/** A target as a row stores it. */
export function targetJson(target: RecoveryTarget): JsonObject {
  return { ...target };
}
