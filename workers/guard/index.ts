import { guard } from '@/workers/guard/guard';

// Only the end of the pipe ends a guard: signals to the worker's terminal or unit must not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
await guard(process.stdin, { everyMs: 50, graceMs: Number(process.argv[2] ?? 10_000) });
process.exit(0);
