import { fileURLToPath } from 'node:url';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { readEnv, workerEnvSchema } from '@/lib/base/server/env';
import { log } from '@/lib/base/server/log';
import { checks } from '@/lib/registry/checks.gen';
import { jobs } from '@/lib/registry/jobs.gen';
import { toolUserName } from '@/lib/tools/system-user';
import { startCollector } from '@/workers/collector/index';
import { startHostReader } from '@/workers/hosts/index';
import { startScorecard } from '@/workers/janitor/scorecard';
import { startWord } from '@/workers/notifier/index';
import { startRepositories } from '@/workers/repositories/index';
import { pgbackrestDirectory, stanzaConfigs } from '@/workers/runner/stanza-config';
import { sheetOptions, startSheets } from '@/workers/sheets/index';
import { startStorageTester } from '@/workers/storages/index';
import { startTester } from '@/workers/tester/index';
import { startTrials } from '@/workers/trials/index';
import { startWorker } from '@/workers/worker';

const scorecardEverySeconds = 60;

/** The worker process: everything that reaches watched servers, and what it finds and does. */
async function main(): Promise<void> {
  const env = readEnv(workerEnvSchema);
  const worker = await startWorker({
    env,
    log,
    jobs,
    guardScript: fileURLToPath(new URL('./guard.mjs', import.meta.url)),
    version: process.env.npm_package_version ?? '0.1.0',
    parts: [
      startCollector,
      (part) => startTester({ ...part, pools: env.PLUMBLINE_POOLS, workerName: env.PLUMBLINE_WORKER_NAME }),
      (part) => startTrials({ ...part, pools: env.PLUMBLINE_POOLS }),
      startStorageTester,
      ({ db }) =>
        startHostReader({ db, log, workerName: env.PLUMBLINE_WORKER_NAME, hosts: env.PLUMBLINE_HOSTS }),
      ({ db, keyPair, notifier }) => {
        const toolUser = toolUserName();
        const configs = stanzaConfigs({ db, keyPair, toolUser, directory: pgbackrestDirectory(env) });
        const workerName = env.PLUMBLINE_WORKER_NAME;
        return startRepositories({ db, log, notifier, workerName, toolUser, configFile: configs.write });
      },
      ({ db, keyPair }) =>
        startWord({
          db,
          keyPair,
          log,
          known: { checks, jobs },
          trustedWebhooks: env.PLUMBLINE_WEBHOOK_HOSTS,
        }),
      ({ db, keyPair }) => startSheets(sheetOptions({ db, keyPair, env, log })),
      ({ db, notifier }) => startScorecard({ db, log, notifier, everySeconds: scorecardEverySeconds }),
    ],
  });
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping: no more claims, what runs ends at its next step edge');
    await worker.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}

main().catch((error) => {
  log.fatal({ err: error }, messageOf(error));
  if (error instanceof PlumblineError && error.next) log.fatal(error.next);
  process.exit(1);
});
