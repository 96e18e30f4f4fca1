import { describe, expect, it } from 'vitest';
import {
  betweenOf,
  pathTo,
  recoveryWindow,
  unionOf,
  type WindowBackup,
  withoutBase,
} from '@/lib/engine/recovery-window';
import type { WalRange } from '@/lib/engine/wal-continuity';

/** One segment a minute: segment n was filed at minute n. */
const at = (segment: number) => segment * 60;

function range(first: number, last: number, timeline = 1): WalRange {
  return { timeline, first, last, firstAt: at(first), lastAt: at(last) };
}

function backup(id: string, first: number, last = first, more: Partial<WindowBackup> = {}): WindowBackup {
  return {
    id,
    timeline: 1,
    first,
    last,
    startedAt: at(first) - 30,
    stoppedAt: at(last) - 10,
    isGood: true,
    ...more,
  };
}

const alone = { branches: [], current: 1 };

describe('the recoverable window', () => {
  it('is empty without a backup, and without the backup’s own segments', () => {
    expect(recoveryWindow({ ...alone, ranges: [range(1, 9)], backups: [] })[0]?.reaches).toEqual([]);
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 2), range(4, 9)],
      backups: [backup('torn', 2, 4)],
    });
    expect(window?.reaches).toEqual([]);
    expect(window?.restorableIds).toEqual([]);
    expect(recoveryWindow({ branches: [], current: null, ranges: [], backups: [] })).toEqual([]);
  });

  it('goes from the oldest good backup’s end to the last segment that follows without a hole', () => {
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 90)],
      backups: [backup('full', 5, 6), backup('later', 50)],
    });
    expect(window?.reaches).toEqual([
      { from: at(6) - 10, to: at(90), backupIds: ['full', 'later'], lastSegment: 90, timeline: 1 },
    ]);
    expect(window?.holes).toEqual([]);
  });

  it('never counts a backup that is not good', () => {
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 90)],
      backups: [backup('bad pages', 5, 6, { isGood: false }), backup('good', 50)],
    });
    expect(window?.reaches).toMatchObject([{ from: at(50) - 10, backupIds: ['good'] }]);
  });

  it('breaks where a segment is missing and goes on at the end of the next backup', () => {
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 29), range(31, 90)],
      backups: [backup('old', 5), backup('new', 40, 41)],
    });
    expect(window?.reaches.map(({ from, to }) => [from, to])).toEqual([
      [at(5) - 10, at(29)],
      [at(41) - 10, at(90)],
    ]);
    expect(window?.holes).toEqual([
      { from: at(29), to: at(41) - 10, missing: [{ timeline: 1, first: 30, last: 30 }] },
    ]);
    expect(window?.archiveHoles).toMatchObject([
      { first: 30, last: 30, before: at(29), after: at(31), healedAt: at(41) - 10, isByRetention: false },
    ]);
  });

  it('ends at a hole that no backup heals: nothing since can be reached', () => {
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 29), range(31, 90)],
      backups: [backup('old', 5)],
    });
    expect(window?.reaches).toHaveLength(1);
    expect(window?.reaches[0]).toMatchObject({ to: at(29) });
    expect(window?.archiveHoles).toMatchObject([{ first: 30, healedAt: null }]);
  });

  it('leaves out what is missing before the first backup, and knows what retention has left so', () => {
    const [window] = recoveryWindow({
      ...alone,
      ranges: [range(1, 2), range(5, 6), range(20, 21), range(40, 90)],
      backups: [backup('a', 5, 6), backup('b', 20, 21), backup('c', 40)],
    });
    expect(window?.archiveHoles.map(({ first, isByRetention }) => [first, isByRetention])).toEqual([
      [7, true],
      [22, true],
    ]);
    expect(window?.holes, 'they are holes of the window all the same').toHaveLength(2);
  });

  it('claims no more of late files than the next backup’s beginning allows', () => {
    const late = { ...range(1, 29), lastAt: at(80) };
    const [window] = recoveryWindow({
      ...alone,
      ranges: [late, range(31, 90)],
      backups: [backup('old', 5), backup('new', 40)],
    });
    expect(window?.reaches[0]?.to).toBe(at(40) - 30);
  });

  it('ends at what the server itself knows to be archived', () => {
    const input = { ...alone, ranges: [range(1, 90)], backups: [backup('a', 5)] };
    const end = (number: number, moment: number) =>
      recoveryWindow({ ...input, live: { timeline: 1, number, at: moment } })[0]?.reaches[0]?.to;
    expect(end(90, at(200)), 'idle since: nothing is missing').toBe(at(200));
    expect(end(90, at(88)), 'an archive that came late').toBe(at(88));
    expect(end(95, at(200)), 'the server believes more to be stored than is').toBe(at(90));
  });

  describe('over timelines', () => {
    const branches = [{ timeline: 2, parent: 1, number: 30 }];

    it('follows a failover: parent up to the branch, child from there', () => {
      expect(pathTo(2, branches)).toEqual([
        { timeline: 1, from: 0, to: 29 },
        { timeline: 2, from: 30, to: null },
      ]);
      const [window, ...others] = recoveryWindow({
        branches,
        current: 2,
        ranges: [range(1, 33), range(30, 60, 2)],
        backups: [backup('before', 5)],
      });
      expect(window).toMatchObject({
        timeline: 2,
        reaches: [{ from: at(5) - 10, to: at(60), lastSegment: 60, timeline: 2 }],
        holes: [],
      });
      expect(others).toEqual([]);
    });

    it('does not let the parent’s own segments stand in for the child’s', () => {
      const [window] = recoveryWindow({
        branches,
        current: 2,
        ranges: [range(1, 33), range(32, 60, 2)],
        backups: [backup('before', 5)],
      });
      expect(window?.reaches).toMatchObject([{ lastSegment: 29, timeline: 1 }]);
      expect(window?.archiveHoles).toMatchObject([{ timeline: 2, first: 30, last: 31, healedAt: null }]);
    });

    it('draws a timeline that leads away apart, and never through it', () => {
      const windows = recoveryWindow({
        branches,
        current: 1,
        ranges: [range(1, 90), range(30, 35, 2)],
        backups: [backup('a', 5), backup('stray', 33, 34, { timeline: 2 })],
      });
      expect(windows.map(({ timeline }) => timeline)).toEqual([1, 2]);
      expect(windows[0]?.reaches).toMatchObject([{ to: at(90), backupIds: ['a'] }]);
      expect(windows[1]?.reaches).toMatchObject([{ to: at(35), backupIds: ['a', 'stray'] }]);
    });

    it('leaves out a backup that its parent took after the branch', () => {
      const [window] = recoveryWindow({
        branches,
        current: 2,
        ranges: [range(1, 40), range(30, 60, 2)],
        backups: [backup('before', 5), backup('on the old primary', 35)],
      });
      expect(window?.restorableIds).toEqual(['before']);
    });

    it('survives histories that run in a circle', () => {
      const circle = [...branches, { timeline: 1, parent: 2, number: 5 }];
      expect(pathTo(2, circle)).toHaveLength(2);
    });
  });

  it('does not restore an increment whose base is gone', () => {
    const of = (id: string, dependsOn: string[], isGood = true) => ({ id, label: id, dependsOn, isGood });
    expect(withoutBase([of('F', [], false), of('I', ['F']), of('G', []), of('J', ['G'])])).toEqual(
      new Set(['I']),
    );
  });

  it('can reach what either repository can', () => {
    const union = unionOf([
      { from: 50, to: 60 },
      { from: 1, to: 20 },
      { from: 10, to: 30 },
    ]);
    expect(union).toEqual([
      { from: 1, to: 30 },
      { from: 50, to: 60 },
    ]);
    expect(betweenOf(union)).toEqual([{ from: 30, to: 50 }]);
    expect(betweenOf([])).toEqual([]);
  });
});
