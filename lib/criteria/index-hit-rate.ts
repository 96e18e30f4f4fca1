import { defineCriterion } from '@/lib/engine/define-criterion';
import { judgeHitRate } from '@/lib/engine/hit-rate';

export default defineCriterion({
  title: 'Index hit rate',
  why: 'Index blocks are read again and again: once they fall out of shared_buffers, even look-ups of one row wait for the disk.',
  domain: 'performance',
  version: 1,
  level: 'sound',
  unit: 'percent',
  objective: '> 95 % over 7 days',
  expiresAfterSeconds: 3600,
  evaluate: (ctx) =>
    judgeHitRate(ctx, {
      check: 'index-hit',
      title: 'index hit rate',
      blocks: 'index blocks',
      abovePercent: 95,
      next: 'Raise shared_buffers, rebuild bloated indexes and drop those that nobody uses.',
    }),
});
