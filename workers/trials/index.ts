import { messageOf } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { JsonObject } from '@/lib/engine/define-job';
import type { KeyPair } from '@/lib/secrets/key-file';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import type { Notifier } from '@/lib/store/notify';
import { claimTrial, finishTrial, sweepTrials, type TrialRow } from '@/lib/store/own-checks';
import { brokenTrial, runTrial } from '@/workers/trials/run-trial';

export interface TrialsOptions {
  db: Store;
  keyPair: KeyPair;
  log: Log;
  notifier: Pick<Notifier, 'hint'>;
  /** Pools whose instances this worker can reach. */
  pools: readonly string[];
  /** How often trials whose wake-up was lost are looked for. */
  sweepSeconds?: number;
}

export interface Trials {
  /** Runs a requested trial to its end; one that another worker took, or that does not exist, is left alone. */
  test(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** All of a trial together: connecting, and a statement with its own timeout. */
const wholeTrialMs = 30_000;
const deadAfterSeconds = 60;

/** Runs the trials of checks that people write, before they may be switched on. */
export function startTrials(options: TrialsOptions): Trials {
  const { db, log, notifier, pools } = options;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  const runOnce = async (id: string) => {
    const trial = await claimTrial(db, id);
    if (!trial) return;
    notifier.hint('test', id);
    const { ok, result } = await outcomeOf(trial);
    await finishTrial(db, id, ok, JSON.parse(JSON.stringify(result)) as JsonObject);
    notifier.hint('test', id);
  };
  const outcomeOf = async (trial: TrialRow) => {
    const instance = await findInstance(db, trial.instance_id);
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(wholeTrialMs)]);
    try {
      if (!instance) throw new Error('the server was removed meanwhile');
      const result = await runTrial(db, options.keyPair, instance, trial, signal);
      return { ok: result.state === 'ok', result };
    } catch (error) {
      log.info({ err: error, trial: trial.id }, 'a trial of a check failed');
      return { ok: false, result: brokenTrial(instance?.name ?? '', trial, messageOf(error)) };
    }
  };
  const test = (id: string): Promise<void> => {
    const work =
      running.get(id) ??
      runOnce(id)
        .catch((error) => log.error({ err: error, trial: id }, 'a trial could not be stored'))
        .finally(() => running.delete(id));
    running.set(id, work);
    return work;
  };
  const sweep = async () => {
    for (const id of await sweepTrials(db, pools, deadAfterSeconds)) void test(id);
  };
  const timer = setInterval(
    () => void sweep().catch((error) => log.warn({ err: error }, 'lost trials could not be looked for')),
    (options.sweepSeconds ?? 5) * 1000,
  );
  return {
    test,
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}
