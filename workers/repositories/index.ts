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

const roundMs = 2_000;
const dumpsEveryMs = 10 * 60_000;
/** Several runs that end together are one reason to look. */
const restMs = 2_000;
/** A look that could not read is tried again after this, then after twice as long, up to the usual pause. */
const againMs = 5_000;

/** The newest look at a stanza, by the steady clock; `afterRun`: the end of the newest run that was known when it began. */
interface LastLook {
  endedAt: number;
  afterRun: string | null;
  failures: number;
}

/**
 * Looks at the repositories of this worker's stanzas: each by itself and never twice at a time, so that one that does
 * not answer holds up no other.
 */
export function startRepositories(options: RepositoryKeeperOptions): RepositoryKeeper {
  const { db, log, workerName } = options;
  const everyMs = (options.everySeconds ?? 60) * 1000;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  const looks = new Map<string, LastLook>();
  let dumpsAt = Number.NEGATIVE_INFINITY;

  const look = async (id: string, afterRun: string | null) => {
    const [stanza] = await listStanzas(db, { id, workerName });
    // One that is only being set up was not looked at: its first look comes as soon as it is in use.
    if (stanza?.state !== 'active') return;
    const failures = (looks.get(id)?.failures ?? 0) + 1;
    // Until it has succeeded it counts as one that could not read.
    looks.set(id, { endedAt: performance.now(), afterRun, failures });
    const { isRead } = await lookAtStanza(db, stanza, {
      configFile: () => options.configFile(stanza),
      user: options.toolUser,
      signal: stopping.signal,
    });
    looks.set(id, { endedAt: performance.now(), afterRun, failures: isRead ? 0 : failures });
    options.notifier.hint('cluster', stanza.clusterId);
  };
  const begin = (id: string, afterRun: string | null): Promise<void> => {
    const known = running.get(id);
    if (known) return known;
    const started = look(id, afterRun)
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
      if (isDue(looks.get(id), lastRunEndedAt, everyMs)) void begin(id, lastRunEndedAt);
    }
    if (performance.now() - dumpsAt > dumpsEveryMs) {
      dumpsAt = performance.now();
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
      await begin(stanzaId, looks.get(stanzaId)?.afterRun ?? null);
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await rounds;
      await Promise.allSettled(running.values());
    },
  };
}

/**
 * A stanza that nobody has looked at yet, at once; one whose last look could not read, soon; any other after a run of its
 * cluster has ended, which may have changed what is there, and after the usual pause. Ends of runs are compared with the
 * one that was known, never with a clock: a run commits its end later than it dates it, and clocks of hosts differ.
 */
function isDue(last: LastLook | undefined, lastRunEndedAt: string | null, everyMs: number): boolean {
  if (!last) return true;
  const rested = performance.now() - last.endedAt;
  const pauseMs = last.failures > 0 ? Math.min(everyMs, againMs * 2 ** (last.failures - 1)) : everyMs;
  if (rested >= pauseMs) return true;
  return lastRunEndedAt !== null && lastRunEndedAt !== last.afterRun && rested >= restMs;
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
