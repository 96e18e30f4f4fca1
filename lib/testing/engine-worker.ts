import { fileURLToPath } from 'node:url';
import { readEnv, workerEnvSchema } from '@/lib/base/server/env';
import { log } from '@/lib/base/server/log';
import physicalBackup from '@/lib/jobs/physical-backup';
import physicalDrill from '@/lib/jobs/physical-drill';
import { backupKind, drillKind } from '@/lib/testing/backup-kind';
import { drawnKinds } from '@/lib/testing/drawn-kinds';
import { engineKinds } from '@/lib/testing/engine-kinds';
import type { OpenLogin } from '@/workers/logins';
import { startWorker } from '@/workers/worker';

/**
 * A worker process of the engine's tests: its own kinds, one login for everything, and a failpoint that kills it like
 * kill -9 where it is told to. Never part of a product bundle.
 */
const failpoint = process.env.TEST_FAILPOINT ?? '';
const login = JSON.parse(process.env.TEST_LOGIN ?? '{}') as OpenLogin;
const env = readEnv(workerEnvSchema);

const worker = await startWorker({
  env,
  log,
  jobs: { ...engineKinds, ...drawnKinds, [backupKind]: physicalBackup, [drillKind]: physicalDrill },
  guardScript: fileURLToPath(new URL('./guard.mjs', import.meta.url)),
  guardGraceMs: 500,
  version: 'test',
  parts: [],
  openLogin: async () => login,
  failpoint: (point, step) => {
    const here = step === undefined ? point : `${point}:${step}`;
    if (here === failpoint) process.kill(process.pid, 'SIGKILL');
  },
});
process.on('SIGTERM', () => void worker.stop(2_000).then(() => process.exit(0)));
process.stdout.write('ready\n');
