import { defineCriterion } from '@/lib/engine/define-criterion';
import { judgeHitRate } from '@/lib/engine/hit-rate';

export default defineCriterion({
  title: 'Cache hit rate',
  why: 'When the working set no longer fits into shared_buffers, every query waits for the operating system or the disk at once.',
  domain: 'performance',
  version: 1,
  level: 'sound',
  unit: 'percent',
  objective: '> 99 % over 7 days',
  expiresAfterSeconds: 3600,
  evaluate: (ctx) =>
    judgeHitRate(ctx, {
      check: 'cache-hit',
      title: 'cache hit rate',
      blocks: 'blocks',
      abovePercent: 99,
      next: 'See which statements read most blocks, then raise shared_buffers or add the index that they lack.',
    }),
});
