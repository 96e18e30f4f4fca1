import { expect, test } from 'vitest';
import {
  backupFor,
  lsnNumber,
  recoveryTargetSchema,
  targetOfFields,
  targetProblem,
  targetSettings,
} from '@/lib/procedures/recovery-target';

const now = new Date('2026-11-21T12:00:00Z');
const backup = (label: string, stoppedAt: string, stopLsn: string, hasErrors = false) => ({
  label,
  stoppedAt,
  stopLsn,
  hasErrors,
});

test('F16: a target inside the backup, before it or in the future is refused with what to do', () => {
  const one = backup('A', '2026-11-21T10:00:00Z', '0/5000100');
  expect(targetProblem({ type: 'time', at: '2026-11-21T09:59:59+00:00' }, one, now)?.message).toContain(
    'ended at',
  );
  expect(targetProblem({ type: 'time', at: '2026-11-21T10:00:00Z' }, one, now)).toBeDefined();
  expect(targetProblem({ type: 'time', at: '2026-11-21T11:30:00+01:00' }, one, now)).toBeUndefined();
  expect(targetProblem({ type: 'time', at: '2026-11-21T12:00:01Z' }, one, now)?.message).toContain(
    'still to come',
  );
  expect(targetProblem({ type: 'lsn', lsn: '0/50000FF' }, one, now)?.field).toBe('lsn');
  expect(targetProblem({ type: 'lsn', lsn: '1/0' }, one, now)).toBeUndefined();
  expect(targetProblem({ type: 'latest' }, one, now)).toBeUndefined();
});

test('a time without an offset is no time: two programs would read it in two zones', () => {
  expect(recoveryTargetSchema.safeParse({ type: 'time', at: '2026-11-21T10:00:00' }).success).toBe(false);
  expect(recoveryTargetSchema.safeParse({ type: 'time', at: '2026-11-21T10:00:00+02:00' }).success).toBe(
    true,
  );
});

test('the newest backup that ended before the target is taken, a damaged one only when there is no other', () => {
  const old = backup('old', '2026-11-20T10:00:00Z', '0/3000100');
  const sound = backup('sound', '2026-11-21T10:00:00Z', '0/5000100');
  const damaged = backup('damaged', '2026-11-21T11:00:00Z', '0/7000100', true);
  const all = [old, sound, damaged];
  expect(backupFor(all, { type: 'latest' }, now)?.label).toBe('sound');
  expect(backupFor(all, { type: 'time', at: '2026-11-21T09:00:00Z' }, now)?.label).toBe('old');
  expect(backupFor([damaged], { type: 'latest' }, now)?.label).toBe('damaged');
  expect(backupFor(all, { type: 'time', at: '2026-11-19T09:00:00Z' }, now)).toBeUndefined();
});

test('fields of a form say one target, or which one is missing', () => {
  expect(targetOfFields({ to: 'time' })).toEqual({ missing: 'at' });
  expect(targetOfFields({ to: 'lsn', lsn: '0/5', exclusive: true })).toEqual({
    target: { type: 'lsn', lsn: '0/5', exclusive: true },
  });
  expect(targetOfFields({ to: 'latest', xid: '7' })).toEqual({ target: { type: 'latest' } });
});

test('settings name one target and no other: even an empty second one is FATAL', () => {
  expect(targetSettings({ type: 'lsn', lsn: '0/5', exclusive: true })).toEqual({
    recovery_target_lsn: '0/5',
    recovery_target_inclusive: 'off',
  });
  expect(targetSettings({ type: 'latest' })).toEqual({});
  expect(lsnNumber('1/0')).toBe(2n ** 32n);
  // What a browser sends ends in Z, which a server that starts does not know yet.
  expect(targetSettings({ type: 'time', at: '2026-11-21T20:25:50.123456Z' })).toEqual({
    recovery_target_time: '2026-11-21T20:25:50.123456+00:00',
  });
});
