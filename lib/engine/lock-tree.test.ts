import { expect, test } from 'vitest';
import { type LockNode, lockTree, type SeenSession } from '@/lib/engine/lock-tree';

const session = (pid: number, blockedBy: number[] = [], more: Partial<SeenSession> = {}): SeenSession => ({
  pid,
  start: `2026-11-21 10:00:00.${String(pid).padStart(6, '0')}+00`,
  user: 'app',
  db: 'shop',
  app: '',
  host: 'local',
  state: 'active',
  ...(blockedBy.length > 0 && { blockedBy }),
  ...more,
});

/** `1(2(3) 4)`: a tree in a line. */
const drawn = (nodes: readonly LockNode[]): string =>
  nodes.map(({ pid, children }) => (children.length > 0 ? `${pid}(${drawn(children)})` : `${pid}`)).join(' ');

test('roots stand first, those with the most victims before others, and a waiter stands once', () => {
  const tree = lockTree([session(1), session(2, [1]), session(3, [2, 1]), session(8), session(9, [8])]);
  expect(drawn(tree)).toBe('1(2 3) 8(9)');
  expect(tree.map(({ victims }) => victims)).toEqual([2, 1]);
  expect(tree[0]?.children[1]?.alsoBehind).toEqual([2]);
});

test('a prepared transaction and a process that was not seen are roots too', () => {
  const tree = lockTree([session(2, [0], { prepared: 'left behind' }), session(3, [77])]);
  expect(tree.map(({ key, kind, victims }) => [key, kind, victims])).toEqual([
    ['prepared:left behind', 'prepared', 1],
    ['unseen:77', 'unseen', 1],
  ]);
});

test('those who wait for each other are one tree, and nobody is lost in a ring', () => {
  const tree = lockTree([session(1, [2]), session(2, [1]), session(3, [2])]);
  expect(tree.map(({ kind, victims }) => [kind, victims])).toEqual([['deadlock', 2]]);
});

test('a hundred who wait for one another in turn are counted without end', () => {
  const many = Array.from({ length: 100 }, (_, n) => session(n + 1, n === 0 ? [] : [n]));
  expect(lockTree(many)[0]?.victims).toBe(99);
});
