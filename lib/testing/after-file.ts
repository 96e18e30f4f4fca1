import { afterAll, vi } from 'vitest';

// Test files share a process: what one has set of the environment or the clock must not reach the next.
const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  vi.useRealTimers();
  vi.restoreAllMocks();
});
