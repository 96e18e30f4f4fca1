import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPolicy, type RetentionPolicy } from '@/lib/contract/retention';
import { judgeRetention, type RetentionBackup } from '@/lib/engine/retention';
import { periodsOf } from '@/lib/engine/retention-periods';

const now = new Date('2026-11-21T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();

function dump(id: string, days: number, more: Partial<RetentionBackup> = {}): RetentionBackup {
  return {
    id,
    type: 'logical',
    database: 'shop',
    stanzaId: null,
    repository: null,
    label: null,
    method: 'dump',
    dependsOn: [],
    finishedAt: daysAgo(days),
    bytes: 10,
    state: 'ready',
    hasErrors: false,
    pinned: null,
    holdUntil: null,
    drill: null,
    isProven: false,
    usedBy: null,
    ...more,
  };
}

function set(label: string, days: number, more: Partial<RetentionBackup> = {}): RetentionBackup {
  const physical = { type: 'physical', method: 'full', stanzaId: 's', repository: 1, label } as const;
  return dump(label, days, { ...physical, database: null, ...more });
}

const policy = (
  logical: Partial<RetentionPolicy['logical']>,
  physical: Partial<RetentionPolicy['physical']> = {},
): RetentionPolicy => ({
  zone: 'UTC',
  logical: { daily: 1, monthly: 0, yearly: 0, ...logical },
  physical: { weeklyFulls: 1, dailyDiffs: 0, walDays: 1, ...physical },
});

/** Ids that stay, and those that go, of all groups together. */
function judged(backups: RetentionBackup[], by: RetentionPolicy, at = now) {
  const verdicts = judgeRetention(backups, by, at).flatMap((group) => group.verdicts);
  const ids = (keeps: boolean) => verdicts.filter((one) => one.keeps === keeps).map(({ id }) => id);
  return { kept: ids(true).sort(), goes: ids(false).sort() };
}

describe('dumps', () => {
  test('30 daily, 12 monthly, 7 yearly of ten years with one dump a day', () => {
    const all = Array.from({ length: 3_650 }, (_, days) => dump(`d${days}`, days));
    const { kept } = judged(all, defaultPolicy);
    // Days reach into October; the December of last year is also that year's newest.
    expect(kept).toHaveLength(30 + 10 + 5);
    expect(kept).toContain('d0');
    expect(kept).toContain('d29');
    expect(kept).not.toContain('d30');
  });

  test('days are those of the zone: one at 23:30 in Berlin is of that evening', () => {
    const late = dump('late', 0, { finishedAt: '2026-11-10T22:30:00Z' });
    const early = dump('early', 0, { finishedAt: '2026-11-10T23:30:00Z' });
    const names = (zone: string) => periodsOf([early, late], 'day', zone, 9).map(({ name }) => name);
    expect(names('Europe/Berlin')).toEqual(['2026-11-11', '2026-11-10']);
    expect(names('UTC')).toEqual(['2026-11-10']);
    expect(periodsOf([late], 'week', 'Europe/Berlin', 9)).toMatchObject([{ name: '2026-11-09' }]);
  });

  test('databases are judged apart, and backups that stopped coming never empty the shelf', () => {
    const old = [dump('a', 400), dump('b', 500), dump('c', 90, { database: 'other' })];
    expect(judged(old, policy({ daily: 2 }))).toEqual({ kept: ['a', 'b', 'c'], goes: [] });
  });

  test.each([
    ['pinned', { pinned: { by: 'Ann', reason: 'audit' } }],
    ['held', { holdUntil: daysAgo(-1) }],
    ['in-use', { usedBy: 'run 1' }],
    ['proven', { isProven: true, drill: 'pass' as const }],
  ])('what is %s stays, and says why', (rule, more) => {
    const all = [dump('new', 0), dump('kept', 50, more), dump('old', 51)];
    const [group] = judgeRetention(all, policy({}), now);
    expect(group?.verdicts.map(({ id, keeps }) => [id, keeps])).toEqual([
      ['new', true],
      ['kept', true],
      ['old', false],
    ]);
    expect(group?.verdicts[1]?.reasons.map((reason) => reason.rule)).toEqual([rule]);
  });

  test('a hold that has ended holds nothing', () => {
    const all = [dump('new', 0), dump('free', 50, { holdUntil: daysAgo(1) })];
    expect(judged(all, policy({})).goes).toEqual(['free']);
  });

  test.each([
    ['missing', { state: 'missing' as const }],
    ['damaged pages', { hasErrors: true }],
    ['failed its drill', { drill: 'fail' as const }],
  ])('nothing goes while the newest has %s', (word, more) => {
    const all = [dump('new', 0, more), dump('b', 50), dump('c', 51)];
    const [group] = judgeRetention(all, policy({}), now);
    expect(group?.frozen).toContain(word);
    expect(group?.verdicts.every(({ keeps }) => keeps)).toBe(true);
  });
});

describe('backup sets', () => {
  test('a full stays while a kept set needs it; the window reaches back over all WAL days', () => {
    const all = [
      set('F5', 2),
      set('F4', 9),
      set('I4', 8, { method: 'incr', dependsOn: ['F4', 'D4'] }),
      set('D4', 8.5, { method: 'diff', dependsOn: ['F4'] }),
      set('F3', 16),
      set('D3', 12, { method: 'diff', dependsOn: ['F3'] }),
      set('F2', 23),
    ];
    const by = policy({}, { weeklyFulls: 1, dailyDiffs: 1, walDays: 10 });
    const [group] = judgeRetention(all, by, now);
    expect(judged(all, by)).toEqual({ kept: ['D3', 'D4', 'F3', 'F4', 'F5', 'I4'], goes: ['F2'] });
    expect(group?.reachesBack).toEqual({ before: daysAgo(23), after: daysAgo(12) });
    // F5, F4 and F3: D3, from which ten days are recovered, stands on F3.
    expect(group?.fullsWithWal).toBe(3);
  });

  test('a damaged newest set blocks, and never stands in for a clean one', () => {
    const all = [set('F3', 0.5), set('F2', 7, { hasErrors: true }), set('F1', 14)];
    expect(judged(all, policy({}, { walDays: 3 })).kept).toEqual(['F1', 'F3']);
    expect(judged([set('F4', 0.1, { hasErrors: true }), ...all], policy({})).goes).toEqual([]);
  });
});

const backupArbitrary = fc.record({
  days: fc.integer({ min: 0, max: 900 }),
  database: fc.constantFrom('a', 'b'),
  pinned: fc.boolean(),
  drill: fc.constantFrom(null, 'pass' as const, 'partial' as const),
  errors: fc.boolean(),
  used: fc.boolean(),
  physical: fc.boolean(),
});
const shelf = fc.array(backupArbitrary, { maxLength: 40 }).map((rows) => {
  const fulls: string[] = [];
  return rows
    .toSorted((a, b) => b.days - a.days)
    .map((row, at) => {
      const more = {
        pinned: row.pinned && at % 7 === 0 ? { by: 'Ann', reason: 'why' } : null,
        drill: row.drill,
        isProven: row.drill === 'pass',
        usedBy: row.used && at % 5 === 0 ? 'a drill' : null,
        hasErrors: row.errors && at % 4 === 0,
      };
      if (!row.physical)
        return dump(`d${at}`, row.days, { ...more, hasErrors: false, database: row.database });
      const last = fulls.at(-1);
      if (last && at % 3 > 0) return set(`i${at}`, row.days, { ...more, method: 'incr', dependsOn: [last] });
      fulls.push(`f${at}`);
      return set(`f${at}`, row.days, more);
    });
});
const amounts = fc.record({ few: fc.integer({ min: 1, max: 20 }), more: fc.integer({ min: 0, max: 20 }) });
const small = ({ few }: { few: number }) =>
  policy(
    { daily: few, monthly: few % 4, yearly: few % 3 },
    { weeklyFulls: few, dailyDiffs: few, walDays: few },
  );

test('whatever lies there: nothing guarded goes, no chain breaks, and a second pass takes nothing more', () => {
  fc.assert(
    fc.property(shelf, amounts, (backups, amount) => {
      const by = small(amount);
      const { kept, goes } = judged([...backups], by);
      const keptSet = new Set(kept);
      expect(kept.length + goes.length).toBe(backups.length);
      for (const backup of backups) {
        if (backup.pinned || backup.usedBy) expect(keptSet).toContain(backup.id);
        if (keptSet.has(backup.id)) for (const label of backup.dependsOn) expect(keptSet).toContain(label);
      }
      const groups = judgeRetention([...backups], by, now);
      for (const { verdicts } of groups) {
        const of = verdicts.flatMap(({ id }) => backups.find((backup) => backup.id === id) ?? []);
        expect(of.length === 0 || verdicts[0]?.keeps).toBe(true);
        if (of.some((backup) => backup.isProven))
          expect(of.some((backup) => backup.isProven && keptSet.has(backup.id))).toBe(true);
        if (of.some((backup) => !backup.hasErrors))
          expect(of.some((backup) => !backup.hasErrors && keptSet.has(backup.id))).toBe(true);
      }
      expect(
        judged(
          backups.filter((backup) => keptSet.has(backup.id)),
          by,
        ).goes,
      ).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('a policy that keeps more of everything keeps all that the smaller one kept of dumps', () => {
  fc.assert(
    fc.property(shelf, amounts, (backups, { few, more }) => {
      const dumps = backups.filter((backup) => backup.type === 'logical');
      const wide = policy({ daily: few + more, monthly: (few % 4) + more, yearly: (few % 3) + more });
      const keptByWide = new Set(judged([...dumps], wide).kept);
      for (const id of judged([...dumps], small({ few })).kept) expect(keptByWide).toContain(id);
    }),
    { numRuns: 100 },
  );
});
