import { stat } from 'node:fs/promises';
import type { Log } from '@/lib/base/server/log';
import { dumpsToLookFor, markDump } from '@/lib/store/backup-catalog';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import { stanzasToLookAt } from '@/lib/store/stanza-looks';
import { listStanzas, type StanzaRow } from '@/lib/store/stanzas';
import { lookAtStanza } from '@/workers/repositories/look';

export interface RepositoryKeeperOptions {
  db: Store;
  log: Log;
  notifier: Pick<Notifier, 'hint'>;
  workerName: string;
  /** System user that pgBackRest runs as; undefined: as we do. */
  toolUser: string | undefined;
  /** Writes or finds the configuration of a stanza and gives its path. */
  configFile(stanza: StanzaRow): Promise<string>;
  /** Between two looks at the same stanza. */
  everySeconds?: number;
}

export interface RepositoryKeeper {
  /** Looks at a stanza of this worker at once, or after the look that runs. */
  lookNow(stanzaId: string): Promise<void>;
  stop(): Promise<void>;
}

const roundMs = 5_000;
const dumpsEveryMs = 10 * 60_000;
/** Several runs that end together are one reason to look. */
const restMs = 10_000;

/**
 * Looks at the repositories of this worker's stanzas: each by itself and never twice at a time, so that one that does
 * not answer holds up no other.
 */
export function startRepositories(options: RepositoryKeeperOptions): RepositoryKeeper {
  const { db, log, workerName } = options;
  const everyMs = (options.everySeconds ?? 60) * 1000;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  const lastTry = new Map<string, number>();
  let dumpsAt = 0;

  const look = async (id: string) => {
    lastTry.set(id, Date.now());
    const [stanza] = await listStanzas(db, { id, workerName });
    if (stanza?.state !== 'active') return;
    await lookAtStanza(db, stanza, {
      configFile: () => options.configFile(stanza),
      user: options.toolUser,
      signal: stopping.signal,
    });
    options.notifier.hint('cluster', stanza.clusterId);
  };
  const begin = (id: string): Promise<void> => {
    const known = running.get(id);
    if (known) return known;
    const started = look(id)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ err: error, stanza: id }, 'a repository could not be looked at');
      })
      .finally(() => running.delete(id));
    running.set(id, started);
    return started;
  };

  const round = async () => {
    for (const { id, lastRunEndedAt } of await stanzasToLookAt(db, workerName)) {
      const since = Date.now() - (lastTry.get(id) ?? 0);
      const ended = lastRunEndedAt === null ? 0 : Date.parse(lastRunEndedAt);
      const isAfterRun = ended > (lastTry.get(id) ?? 0) && since > restMs;
      if (since >= everyMs || isAfterRun) void begin(id);
    }
    if (Date.now() - dumpsAt > dumpsEveryMs) {
      dumpsAt = Date.now();
      await lookForDumps(db, workerName);
    }
  };
  let rounds: Promise<void> = Promise.resolve();
  const next = () => {
    rounds = rounds
      .then(() => (stopping.signal.aborted ? undefined : round()))
      .catch((error: unknown) => log.warn({ err: error }, 'repositories could not be looked at'));
  };
  const timer = setInterval(next, Math.min(roundMs, everyMs));
  next();
  return {
    lookNow: async (stanzaId) => {
      await running.get(stanzaId);
      await begin(stanzaId);
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await rounds;
      await Promise.allSettled(running.values());
    },
  };
}

/** Dumps whose folder is gone are no backups; one that is back (a disk that was not mounted) is again. */
export async function lookForDumps(db: Store, workerName: string): Promise<void> {
  for (const { id, path, state } of await dumpsToLookFor(db, workerName)) {
    const isThere = await stat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : undefined),
    );
    if (isThere !== undefined && isThere !== (state === 'ready')) await markDump(db, id, isThere);
  }
}
