import type { Log } from '@/lib/base/server/log';
import type { Store } from '@/lib/store/db';
import { machineClaims, storeWorkerReading } from '@/lib/store/hosts';
import { readMachine, refusalOfMachine, serverPaths } from '@/lib/tools/machine';

export interface HostReaderOptions {
  db: Store;
  log: Log;
  workerName: string;
  /** Names of hosts that this worker runs on, as instances have them (PLUMBLINE_HOSTS). */
  hosts: readonly string[];
  everySeconds?: number;
}

export interface HostReader {
  /** Looks at this machine for every server that is on it. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Looks at the worker's own machine on behalf of the servers that it is said to run beside (PLUMBLINE_HOSTS). That word
 * alone does not count: a server's data directory must be here and belong to exactly that server (`refusalOfMachine`).
 */
export function startHostReader(options: HostReaderOptions): HostReader {
  const { db, log, workerName } = options;
  const own = options.hosts.map((name) => name.toLowerCase());
  const look = async () => {
    for (const { id, systemIdentifier, facts } of await machineClaims(db, own)) {
      const { startedAt, settings } = facts;
      const directory =
        typeof settings === 'object' && settings !== null && !Array.isArray(settings)
          ? settings.data_directory
          : undefined;
      // Nothing is known of the server yet, or its login may not see where its data is.
      if (typeof startedAt !== 'string' || systemIdentifier === null) continue;
      const dataDirectory = typeof directory === 'string' ? directory : '';
      const refusal = await refusalOfMachine({
        dataDirectory,
        systemIdentifier,
        startedAt: Date.parse(startedAt) / 1000,
      });
      const seen = refusal ? { refusal } : { reading: await readMachine(await serverPaths(dataDirectory)) };
      await storeWorkerReading(db, id, workerName, seen);
    }
  };
  let running: Promise<void> = Promise.resolve();
  const round = () => {
    running = running
      .then(look)
      .catch((error: unknown) => log.warn({ err: error }, 'the machine could not be read'));
    return running;
  };
  const timer = setInterval(() => void round(), (options.everySeconds ?? 10) * 1000);
  void round();
  return {
    look: round,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
