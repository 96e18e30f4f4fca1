import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Two test processes at most: the smallest machine that we promise has two processors, and a third
 * makes waits longer, not the whole shorter. Forks, not threads: a test process owns child processes and signals.
 */
export default defineConfig({
  root,
  resolve: { alias: { '@': path.resolve(root) } },
  test: {
    environment: 'node',
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    include: ['{components,lib,workers,migrations}/**/*.test.{ts,tsx}'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['lib/testing/global-setup.ts'],
  },
});
