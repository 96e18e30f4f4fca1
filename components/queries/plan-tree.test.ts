import { expect, test } from 'vitest';
import { planText, planTree } from '@/components/queries/plan-tree';

const scan = {
  'Node Type': 'Index Scan',
  'Index Name': 'orders_at_idx',
  'Relation Name': 'orders',
  Alias: 'o',
  'Total Cost': 30,
  'Plan Rows': 10,
  'Index Cond': '(at > $1)',
};
const plan = (node: object, more: object = {}) => JSON.stringify([{ Plan: node, ...more }]);

test('what is no plan is none', () => {
  for (const text of ['', '{', '[]', '[{"Plan": 1}]', '{"Plan": {}}']) expect(planTree(text)).toBeUndefined();
});

test('without execution shares are of cost, each node without its children', () => {
  const tree = planTree(plan({ 'Node Type': 'Limit', 'Total Cost': 40, 'Plan Rows': 5, Plans: [scan] }));
  expect(tree?.isAnalyzed).toBe(false);
  expect(tree?.nodes).toMatchObject([
    { title: 'Limit', depth: 0, sharePercent: 25, rowsActual: null, rowsFactor: null },
    {
      title: 'Index Scan using orders_at_idx on orders o',
      depth: 1,
      sharePercent: 75,
      details: [['Index Cond', '(at > $1)']],
    },
  ]);
});

test('with execution shares are of time over all loops, and errors of the planner are told both ways', () => {
  const inner = {
    ...scan,
    'Actual Total Time': 0.5,
    'Actual Loops': 100,
    'Actual Rows': 0,
    'Shared Hit Blocks': 7,
  };
  const loop = {
    'Node Type': 'Nested Loop',
    'Join Type': 'Left',
    'Total Cost': 100,
    'Plan Rows': 3,
    'Actual Total Time': 80,
    'Actual Loops': 1,
    'Actual Rows': 300,
    Plans: [inner],
  };
  const tree = planTree(plan(loop, { 'Execution Time': 81.5, Settings: { work_mem: '1GB' } }));
  expect(tree).toMatchObject({ isAnalyzed: true, executionMs: 81.5, settings: [['work_mem', '1GB']] });
  expect(tree?.nodes).toMatchObject([
    { title: 'Nested Loop (Left)', selfMs: 30, sharePercent: 37.5, rowsFactor: 100 },
    { selfMs: 50, totalMs: 50, rowsFactor: 10, loops: 100, buffers: 'hit 7' },
  ]);
  expect(tree && planText(tree)).toContain(
    '  ->  Index Scan using orders_at_idx on orders o  (cost=30 rows=10)',
  );
});

test('below a Gather the workers run side by side; a node that never ran has no figures', () => {
  const seq = {
    ...scan,
    'Node Type': 'Seq Scan',
    'Actual Total Time': 40,
    'Actual Loops': 3,
    'Actual Rows': 5,
  };
  const never = { ...scan, 'Actual Total Time': 0, 'Actual Loops': 0, 'Actual Rows': 0 };
  const gather = {
    'Node Type': 'Gather',
    'Workers Launched': 2,
    'Total Cost': 99,
    'Plan Rows': 9,
    'Actual Total Time': 45,
    'Actual Loops': 1,
    'Actual Rows': 15,
    Plans: [seq, never],
  };
  expect(planTree(plan(gather))?.nodes).toMatchObject([
    { title: 'Gather', selfMs: 5 },
    { totalMs: 40, selfMs: 40 },
    { rowsActual: null, rowsFactor: null, selfMs: 0 },
  ]);
});
