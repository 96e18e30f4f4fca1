import { describe, expect, it } from 'vitest';
import {
  gapsOf,
  gapText,
  joinRanges,
  type ListedFile,
  mergeRanges,
  readListing,
} from '@/lib/engine/wal-continuity';
import { readArchiveFile, readHistory, segmentOfLsn, walName, walPlace } from '@/lib/engine/wal-names';

const mb = 1024 * 1024;
const sha = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

function files(names: readonly string[], ending = `-${sha}.gz`): ListedFile[] {
  return names.map((name, index) => ({
    path: `${name.slice(0, 16)}/${name}${ending}`,
    bytes: 20_000,
    at: 1000 + index * 60,
  }));
}

/** Names of segments `from` to `to` of a timeline. */
function names(from: number, to: number, segmentBytes = 16 * mb, timeline = 1): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) =>
    walName({ timeline, number: from + index }, segmentBytes),
  );
}

describe('names of WAL files', () => {
  it.each([1, 2, 16, 64, 1024])('counts on over the end of a log file with segments of %i MB', (size) => {
    const segmentBytes = size * mb;
    const perLog = 4096 / size;
    const last = { timeline: 0x2a, number: 5 * perLog - 1 };
    const name = walName(last, segmentBytes);
    expect(name.slice(0, 16)).toBe('0000002A00000004');
    expect(Number.parseInt(name.slice(16), 16)).toBe(perLog - 1);
    expect(walPlace(name, segmentBytes)).toEqual(last);
    expect(walName({ ...last, number: last.number + 1 }, segmentBytes)).toBe('0000002A0000000500000000');
    const beyond = `0000002A00000004${perLog.toString(16).toUpperCase().padStart(8, '0')}`;
    expect(walPlace(beyond, segmentBytes), 'no such segment of this size').toBeUndefined();
  });

  it('knows what each file of an archive is', () => {
    const name = '0000000100000000000000A3';
    expect(readArchiveFile(`${name}-${sha}.zst`)).toMatchObject({ kind: 'segment', name, packing: 'zst' });
    expect(readArchiveFile(`${name}-${sha}`)).toMatchObject({
      kind: 'segment',
      checksum: sha,
      packing: null,
    });
    expect(readArchiveFile(name)).toMatchObject({ kind: 'segment', checksum: null });
    expect(readArchiveFile(`${name}.partial-${sha}.lz4`)).toEqual({ kind: 'partial', name });
    expect(readArchiveFile('0000000B.history')).toEqual({
      kind: 'history',
      name: '0000000B.history',
      timeline: 11,
    });
    expect(readArchiveFile(`${name}.00000028.backup`)).toMatchObject({ kind: 'label' });
    for (const stranger of [
      'archive.info',
      'archive.info.copy',
      '000000010000000000000001.tmp',
      '',
      `${name}-12.gz`,
    ])
      expect(readArchiveFile(stranger), stranger).toBeUndefined();
  });

  it('reads where a timeline left its parent, the direct parent last', () => {
    const text = '1\t0/5000000\tno recovery target specified\n\n2\t0/A1000028\tbefore 2026-11-21\n';
    expect(readHistory(3, text, 16 * mb)).toEqual({ timeline: 3, parent: 2, number: 0xa1 });
    expect(segmentOfLsn('1/0', 16 * mb)).toBe(256);
    expect(segmentOfLsn('x/0', 16 * mb)).toBeUndefined();
    expect(readHistory(2, 'garbage', 16 * mb)).toBeUndefined();
    expect(readHistory(2, '7\t0/5000000\tpoisoned', 16 * mb), 'a parent is older').toBeUndefined();
  });
});

describe('continuity of an archive', () => {
  const segmentBytes = 16 * mb;

  it('is one range per timeline where nothing is missing, over the end of a log file too', () => {
    const { ranges } = readListing([...files(names(250, 260)), ...files(names(258, 262, segmentBytes, 2))], {
      segmentBytes,
    });
    expect(ranges).toEqual([
      { timeline: 1, first: 250, last: 260, firstAt: 1000, lastAt: 1600 },
      { timeline: 2, first: 258, last: 262, firstAt: 1000, lastAt: 1240 },
    ]);
    expect(gapsOf(ranges), 'timelines are no gap of one another').toEqual([]);
  });

  it('shows a removed segment as a gap between the moments of its neighbours', () => {
    const all = files(names(1, 9));
    const { ranges } = readListing(
      all.filter((_, index) => index !== 4),
      { segmentBytes },
    );
    const [gap] = gapsOf(ranges);
    expect(gap).toEqual({ timeline: 1, first: 5, last: 5, before: 1180, after: 1300 });
    expect(gap && gapText(gap, segmentBytes)).toBe('000000010000000000000005');
  });

  it('counts a partial segment, a history file and a label as no segment', () => {
    const [one, two] = names(1, 2);
    const { ranges, histories } = readListing(
      [
        ...files([one ?? '']),
        { path: `${two}.partial-${sha}.gz`, bytes: 10, at: 5 },
        { path: `${one}.00000028.backup`, bytes: 10, at: 5 },
        { path: '00000002.history', bytes: 40, at: 5 },
      ],
      { segmentBytes },
    );
    expect(ranges).toHaveLength(1);
    expect(ranges[0]).toMatchObject({ first: 1, last: 1 });
    expect(histories).toEqual([2]);
  });

  it('takes a cut-off segment for missing, by its size where it must have one', () => {
    const [one, two, three] = names(1, 3);
    const listed = [
      { path: `${one}-${sha}`, bytes: segmentBytes, at: 1 },
      { path: `${two}-${sha}`, bytes: 8192, at: 2 },
      { path: `${three}-${sha}.zst`, bytes: 0, at: 3 },
    ];
    const { ranges, unusable } = readListing(listed, { segmentBytes });
    expect(ranges).toHaveLength(1);
    expect(unusable.map(({ name, why }) => [name, why])).toEqual([
      [two, 'its file has 8192 of 16777216 bytes'],
      [three, 'its file is empty'],
    ]);
    const encrypted = [{ path: `${one}-${sha}`, bytes: segmentBytes + 32, at: 1 }];
    expect(readListing(encrypted, { segmentBytes, isEncrypted: true }).unusable).toEqual([]);
  });

  it('takes a segment that two files claim to be for missing: no restore can choose', () => {
    const [one] = names(1, 1);
    const other = 'f'.repeat(40);
    const { ranges, unusable } = readListing([...files([one ?? '']), ...files([one ?? ''], `-${other}.gz`)], {
      segmentBytes,
    });
    expect(ranges).toEqual([]);
    expect(unusable).toMatchObject([{ why: 'two different files claim to be it' }]);
  });

  it('says when names fit no segment of the size', () => {
    expect(readListing(files(['0000000100000000000000FF']), { segmentBytes: 64 * mb }).strangers).toBe(1);
  });

  it('joins what touches or overlaps, and nothing else', () => {
    const range = (first: number, last: number) => ({
      timeline: 1,
      first,
      last,
      firstAt: first,
      lastAt: last,
    });
    expect(joinRanges([range(7, 9), range(1, 3), range(4, 5), range(2, 2)])).toEqual([
      range(1, 5),
      range(7, 9),
    ]);
  });

  it('takes a newer look at a part for true there and keeps what lies before', () => {
    const known = [
      { timeline: 1, first: 1, last: 300, firstAt: 1, lastAt: 300 },
      { timeline: 2, first: 290, last: 310, firstAt: 290, lastAt: 310 },
    ];
    const seen = [
      { timeline: 1, first: 256, last: 280, firstAt: 256, lastAt: 280 },
      { timeline: 1, first: 282, last: 301, firstAt: 282, lastAt: 301 },
    ];
    expect(mergeRanges(known, seen, new Map([[1, 256]]))).toEqual([
      { timeline: 1, first: 1, last: 280, firstAt: 1, lastAt: 280 },
      { timeline: 1, first: 282, last: 301, firstAt: 282, lastAt: 301 },
      known[1],
    ]);
    expect(mergeRanges(known, [], new Map([[1, 0]])), 'a timeline that is gone').toEqual([known[1]]);
  });
});
