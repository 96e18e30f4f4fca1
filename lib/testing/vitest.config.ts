import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Three test processes: the smallest machine that we promise has two processors, and a test waits for servers for half
 * of its time. Forks, not threads: a test process owns child processes and signals.
 */
export default defineConfig({
  root,
  resolve: { alias: { '@': path.resolve(root) } },
  test: {
    environment: 'node',
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    include: ['{components,lib,workers,migrations}/**/*.test.{ts,tsx}'],
    pool: 'forks',
    maxWorkers: 3,
    // To load everything anew for each file took most of the processors' time; a server, too, is started once.
    isolate: false,
    setupFiles: ['lib/testing/after-file.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['lib/testing/global-setup.ts'],
  },
});
