import { existsSync } from 'node:fs';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { NewCopy, OpenCopy } from '@/lib/engine/define-job';
import { restoreLayout } from '@/lib/procedures/physical-restore-config';
import { type PhysicalServer, startCopy } from '@/lib/procedures/physical-server';
import { recoveryTargetSchema } from '@/lib/procedures/recovery-target';
import {
  type CopyRow,
  closeExpiredCopies,
  listCopies,
  liveRuns,
  moveCopy,
  storeCopy,
} from '@/lib/store/copies';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import type { Held } from '@/lib/store/run-claims';
import {
  copyDirectory,
  findCopyDirectories,
  isHeldElsewhere,
  makeCopyDirectory,
  removeCopyDirectory,
} from '@/workers/copies/copy-directory';
import { type GuardClient, stepScope } from '@/workers/guard/guard-client';

export interface CopyKeeperOptions {
  db: Store;
  notifier: Notifier;
  log: Log;
  guard: GuardClient;
  workerName: string;
  workDir: string;
  /** System user of the servers when we are root. */
  toolUser: string | undefined;
  everySeconds: number;
}

/**
 * Keeps the servers over restored copies up: they are this worker's children and end with it, are started again by the
 * next one (a paused copy recovers to the same moment), and go with their files when they expire or are closed.
 */
export class CopyKeeper {
  private readonly servers = new Map<string, PhysicalServer>();
  private readonly ending = new AbortController();
  private rounds: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: CopyKeeperOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), this.options.everySeconds * 1000);
    void this.round();
  }

  /** Looks at what should be up and what should be gone, one round at a time. */
  round(): Promise<void> {
    this.rounds = this.rounds
      .then(() => (this.ending.signal.aborted ? undefined : this.look()))
      .catch((error) => this.options.log.warn({ err: error }, 'the copies could not be looked at'));
    return this.rounds;
  }

  /** Ends all servers in order: their files stay for the next worker of this name. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await this.rounds;
    await Promise.allSettled([...this.servers.values()].map((server) => server.stop('fast')));
    this.servers.clear();
  }

  directory(runId: string): string {
    return makeCopyDirectory(this.options.workDir, runId, this.options.toolUser);
  }

  /** @throws PlumblineError with the cause when its server does not come up: then there is no copy. */
  async open(held: Held, of: { clusterId: string }, copy: NewCopy): Promise<string> {
    const { db, workerName, workDir } = this.options;
    const directory = copyDirectory(workDir, held.runId);
    await this.bringUp({ id: held.runId, ...copy, directory });
    const id = await storeCopy(db, held, { ...of, workerName, directory }, copy);
    this.hint(id);
    return id;
  }

  /** @throws PlumblineError `not-found` when the cluster has no such copy, `conflict` when it is on another worker. */
  async close(clusterId: string, copyId: string): Promise<void> {
    const { db, workerName } = this.options;
    const [row] = await listCopies(db, { clusterId, id: copyId });
    if (!row) throw new PlumblineError('not-found', 'The cluster has no such copy.');
    if (row.workerName !== workerName) {
      throw new PlumblineError('conflict', `This copy is on the worker ${row.workerName}.`, {
        next: 'Plan it there, or start that worker.',
      });
    }
    await moveCopy(db, copyId, ['open'], 'closing');
    await this.round();
  }

  /** Removes what a run has made of a copy that never opened. */
  async discard(runId: string): Promise<void> {
    const [row] = await listCopies(this.options.db, { id: runId, openOnly: true });
    if (row) return;
    await this.takeDown(runId);
  }

  /**
   * A copy of a cluster that is open here.
   *
   * @throws PlumblineError `not-found` when the cluster has no such copy, `conflict` when it is closed or elsewhere.
   */
  async find(clusterId: string, copyId: string): Promise<OpenCopy> {
    const { db, workerName } = this.options;
    const [row] = await listCopies(db, { clusterId, id: copyId });
    if (!row) {
      throw new PlumblineError('not-found', 'The cluster has no such copy.', {
        next: 'Open one at the moment you need, from the cluster’s restore page.',
      });
    }
    if (row.state !== 'open') {
      throw new PlumblineError('conflict', 'This copy is closed: its server and files are gone.', {
        next: 'Open another one at the same moment.',
      });
    }
    if (row.workerName !== workerName) {
      throw new PlumblineError('conflict', `This copy is on the worker ${row.workerName}.`, {
        next: 'Plan it there, or start that worker.',
      });
    }
    const server = this.servers.get(copyId);
    if (server?.isUp()) return openCopyOf(copyId, server);
    throw new PlumblineError('conflict', 'The server of this copy is not up yet.', {
      next: 'Its worker starts it again; try in a minute.',
    });
  }

  private async look(): Promise<void> {
    const { db, workerName, workDir, log } = this.options;
    await closeExpiredCopies(db, workerName);
    const rows = await listCopies(db, { workerName, openOnly: true });
    for (const row of rows) {
      if (row.state === 'closing') await this.finish(row);
      else if (!this.servers.get(row.id)?.isUp()) await this.startAgain(row);
    }
    const found = findCopyDirectories(workDir).filter(({ marker }) => !isHeldElsewhere(marker));
    const orphans = found.map(({ id }) => id).filter((id) => !rows.some((row) => row.id === id));
    const live = await liveRuns(db, orphans);
    for (const id of orphans.filter((id) => !live.includes(id))) {
      log.info({ copy: id }, 'removing the files of a copy that nobody has');
      await this.takeDown(id);
    }
  }

  private async finish({ id }: CopyRow): Promise<void> {
    await this.takeDown(id);
    if (await moveCopy(this.options.db, id, ['closing'], 'closed')) this.hint(id);
  }

  private async startAgain(row: CopyRow): Promise<void> {
    const { workDir, db, log } = this.options;
    const marked = findCopyDirectories(workDir).find(({ id }) => id === row.id);
    if (marked && isHeldElsewhere(marked.marker)) return;
    try {
      if (!marked || !existsSync(`${row.directory}/data/PG_VERSION`)) {
        throw new PlumblineError('not-found', 'Its files are not there any more.');
      }
      this.directory(row.id);
      await this.bringUp(row);
      log.info({ copy: row.id }, 'the server of a copy is up again');
    } catch (error) {
      if (this.ending.signal.aborted) return;
      log.warn({ err: error, copy: row.id }, 'a copy is lost');
      await this.takeDown(row.id);
      await moveCopy(db, row.id, ['open'], 'lost', messageOf(error));
    }
    this.hint(row.id);
  }

  private async bringUp(
    copy: Pick<CopyRow, 'id' | 'directory' | 'major' | 'target' | 'mode' | 'facts'>,
  ): Promise<void> {
    const { guard, toolUser } = this.options;
    const known = this.servers.get(copy.id);
    if (known?.isUp()) return;
    // Of no run: the guard ends it with this process, whatever becomes of the run that made it.
    const scope = { guard, run: `copy/${copy.id}`, continues: () => true, recordGroup: () => undefined };
    const server = await stepScope.run(scope, () =>
      startCopy({
        layout: restoreLayout(copy.directory),
        major: copy.major,
        superuser: String(copy.facts.superuser ?? 'postgres'),
        systemUser: toolUser,
        target: recoveryTargetSchema.parse(copy.target),
        action: copy.mode === 'paused' ? 'pause' : 'promote',
        segmentBytes: Number(copy.facts.segmentBytes ?? 16 * 1024 * 1024),
        applicationName: `plumbline copy ${copy.id}`,
        signal: this.ending.signal,
      }),
    );
    this.servers.set(copy.id, server);
  }

  private async takeDown(id: string): Promise<void> {
    await this.servers.get(id)?.stop();
    this.servers.delete(id);
    await removeCopyDirectory(this.options.workDir, id);
  }

  private hint(id: string): void {
    this.options.notifier.hint('run', id);
  }
}

function openCopyOf(id: string, server: PhysicalServer): OpenCopy {
  const { mode, major, directory, socketDir, port, user } = server;
  return {
    id,
    mode,
    major,
    directory,
    socketDir,
    port,
    user,
    connect: (database) => server.connect(database),
  };
}
