import { expect, test } from 'vitest';
import type { StandbyEvidence, StandbyReading } from '@/lib/engine/standby-readings';
import { judgeStandby } from '@/lib/engine/standby-verdict';

const megabyte = 1024 * 1024;
const now = 1_800_000_000;
const primary = {
  ...{ name: 'one', position: 1000 * megabyte, epoch: now, timeline: 1 },
  ...{ archiveTimeoutSeconds: 0, segmentBytes: 16 * megabyte, agoSeconds: 0 },
};
const streaming = { status: 'streaming', silentSeconds: 1 };
const inStep: StandbyReading = {
  ...{ name: 'two', received: primary.position, replayed: primary.position, replayedCommitEpoch: now - 2 },
  ...{ timeline: 1, pauseState: 'not paused', receiver: streaming },
  ...{ isStreamWanted: true, hasRestoreCommand: false, applyDelaySeconds: 0 },
};

function judged(standby: Partial<StandbyReading>, more: Partial<StandbyEvidence> = {}) {
  return judgeStandby({
    ...{ standby: { ...inStep, ...standby }, primary, sentPosition: primary.position, apartSeconds: 0.003 },
    ...{ reachedAfterSeconds: null, writtenSecondsAgo: null, before: undefined, stillSeconds: null },
    ...more,
  });
}
/** So many megabytes behind the primary. */
const at = (behind: number) => primary.position - behind * megabyte;

test('idle primary: in step with a lag of 0, however old the last commit is', () => {
  const verdict = judged({ replayedCommitEpoch: now - 10_800 });
  expect(verdict).toMatchObject({ state: 'in-step', trouble: 0, lagSeconds: 0, lagFrom: 'positions' });
  expect(verdict.says).toBe('two has replayed all that one has written; one has committed nothing for 3 h.');
});

test('cut: all that came is replayed, which the naive formula calls 0; here it is a fault, with the bytes that lack', () => {
  const verdict = judged({ receiver: null, received: at(5), replayed: at(5), replayedCommitEpoch: now - 40 });
  expect(verdict).toMatchObject({
    ...{ state: 'cut', trouble: 2, behindBytes: 5 * megabyte, unreplayedBytes: 0 },
    ...{ unsentBytes: 5 * megabyte, inFlightBytes: 0, lagSeconds: 40, lagFrom: 'commit-time' },
  });
  expect(verdict.says).toContain('it has no receiver');
  // Even while the primary writes nothing.
  expect(judged({ receiver: null })).toMatchObject({ state: 'cut', trouble: 2, lagSeconds: 0 });
});

test('cut: a receiver that is there but hears nothing while the primary writes', () => {
  const stuck = { received: at(3), replayed: at(3), receiver: { status: 'streaming', silentSeconds: 25 } };
  const before = { received: at(3), replayed: at(3), primaryPosition: at(1) };
  const verdict = judged(stuck, { before });
  expect(verdict).toMatchObject({ state: 'cut', trouble: 2 });
  expect(verdict.says).toContain('heard nothing for 25 s while one wrote 3 MB');
  // A quiet link is not a cut one: nothing waits.
  const quiet = { receiver: { status: 'streaming', silentSeconds: 29 } };
  expect(judged(quiet, { before: { ...before, primaryPosition: primary.position } }).state).toBe('in-step');
  expect(judged({ receiver: { status: 'waiting', silentSeconds: 1 } }).state).toBe('cut');
});

test('paused: named with its bytes; a lag from the commit time, as an upper bound', () => {
  const verdict = judged({ pauseState: 'paused', replayed: at(7), replayedCommitEpoch: now - 90 });
  expect(verdict).toMatchObject({
    ...{ state: 'paused', trouble: 1, unreplayedBytes: 7 * megabyte, inFlightBytes: 0, unsentBytes: 0 },
    ...{ lagSeconds: 90, lagFrom: 'commit-time' },
  });
  expect(verdict.says).toContain('7 MB behind');
  expect(judged({ pauseState: 'pause requested' }).state).toBe('paused');
});

test('fed by restore_command: no receiver, and none is missed; late by a segment at least', () => {
  const fed = { receiver: null, isStreamWanted: false, hasRestoreCommand: true, received: null };
  const verdict = judged({ ...fed, replayed: at(9), replayedCommitEpoch: now - 50 });
  expect(verdict).toMatchObject({ state: 'archive', trouble: 0, lagSeconds: 50, overdueSeconds: null });
  const timed = { primary: { ...primary, archiveTimeoutSeconds: 60 } };
  expect(judged({ ...fed, replayed: at(9), replayedCommitEpoch: now - 90 }, timed).overdueSeconds).toBe(30);
  // A whole segment is due and nothing comes: the archive is cut too.
  const dead = judged({ ...fed, replayed: at(40) }, { stillSeconds: 61 });
  expect(dead).toMatchObject({ state: 'cut', trouble: 2 });
  expect(dead.says).toContain('waits for WAL from the archive');
  // It should stream, yet only the archive feeds it.
  expect(judged({ ...fed, isStreamWanted: true, replayed: at(40) }, { stillSeconds: 2 })).toMatchObject({
    ...{ state: 'archive', trouble: 1 },
  });
});

test('catching up: bytes by stage, and the smallest of the bounds in seconds', () => {
  const verdict = judged(
    { received: at(6), replayed: at(10), replayedCommitEpoch: now - 300 },
    { sentPosition: at(2), writtenSecondsAgo: 20 },
  );
  expect(verdict).toMatchObject({
    ...{ state: 'catching-up', trouble: 0, behindBytes: 10 * megabyte },
    ...{ unsentBytes: 2 * megabyte, inFlightBytes: 4 * megabyte, unreplayedBytes: 4 * megabyte },
    ...{ lagSeconds: 20, lagFrom: 'history' },
  });
  expect(judged({ replayed: at(1) }, { reachedAfterSeconds: 0.02 })).toMatchObject({
    ...{ state: 'in-step', lagSeconds: 0.02, lagFrom: 'reached' },
  });
});

test('stalled: what was there a tick ago is still not replayed', () => {
  const before = { received: at(1), replayed: at(4), primaryPosition: at(1) };
  expect(judged({ replayed: at(4) }, { before })).toMatchObject({ state: 'stalled', trouble: 1 });
  expect(judged({ replayed: at(3) }, { before }).state).toBe('catching-up');
});

test('delayed on purpose: late, but only what is beyond the delay is overdue', () => {
  const verdict = judged({ replayed: at(4), applyDelaySeconds: 3600, replayedCommitEpoch: now - 3650 });
  expect(verdict).toMatchObject({ state: 'delayed', trouble: 0, lagSeconds: 3650, overdueSeconds: 50 });
});

test('another timeline, or WAL that the primary never wrote: no copy, and no lag is claimed', () => {
  const ahead = judged({ timeline: 2 });
  expect(ahead).toMatchObject({ state: 'diverged', trouble: 2, lagSeconds: null });
  expect(ahead.says).toContain('follows timeline 2, but one writes timeline 1');
  expect(judged({ replayed: at(-1), received: at(-1) })).toMatchObject({
    state: 'diverged',
    lagSeconds: null,
  });
  const promoted = { primary: { ...primary, timeline: 2 } };
  expect(judged({ receiver: null, replayed: at(1) }, promoted).state).toBe('diverged');
  // It streams the older timeline's rest, on its way to the new one.
  expect(judged({ replayed: at(1) }, promoted).state).toBe('catching-up');
});

test('cascading: the primary has no sender for it, so what is unsent is not known and all that lacks is under way', () => {
  expect(judged({ received: at(2), replayed: at(2) }, { sentPosition: null })).toMatchObject({
    ...{ state: 'catching-up', unsentBytes: null, inFlightBytes: 2 * megabyte, behindBytes: 2 * megabyte },
  });
});

test('one side not asked: unknown with the reason, never 0; what the standby alone proves still counts', () => {
  const silent = { primary: { unknown: 'one does not answer' }, sentPosition: null };
  const unknown = { behindBytes: null, lagSeconds: null, unknownReason: 'one does not answer' };
  expect(judged({}, silent)).toMatchObject({ state: 'unknown', trouble: null, ...unknown });
  expect(judged({ receiver: null }, silent)).toMatchObject({ state: 'cut', trouble: 2, ...unknown });
  expect(judged({ pauseState: 'paused' }, silent)).toMatchObject({ state: 'paused', ...unknown });
  const fresh = judged({ received: null, replayed: null });
  expect(fresh).toMatchObject({ state: 'unknown', behindBytes: null, lagSeconds: null });
});

test('positions of different moments: the lag counts from the older one, and the sentence says so', () => {
  const old = { primary: { ...primary, agoSeconds: 7 }, apartSeconds: 7 };
  const verdict = judged({ replayed: at(-2), received: at(-2) }, old);
  expect(verdict).toMatchObject({ state: 'in-step', behindBytes: 0, lagSeconds: 7, lagFrom: 'history' });
  expect(verdict.says).toContain('The two positions were read 7 s apart.');
});
