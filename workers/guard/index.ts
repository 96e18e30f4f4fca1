import { supervise } from '@/lib/tools/process-supervisor';
import { guard } from '@/workers/guard/guard';

// One bundle, two small companions: `guard.mjs supervise PATH` runs one child that may outlive its worker.
const [first, second] = process.argv.slice(2);
if (first === 'supervise') process.exit(await supervise(second ?? ''));
// Only the end of the pipe ends a guard: signals to the worker's terminal or unit must not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
await guard(process.stdin, {
  everyMs: 50,
  graceMs: Number(first ?? 10_000),
  adoptMs: Number(second ?? 600_000),
});
process.exit(0);
