import { PlumblineError } from '@/lib/base/errors';
import type { OpenCopy } from '@/lib/engine/define-job';
import { listCopies } from '@/lib/store/copies';
import type { Store } from '@/lib/store/db';

/** The servers over restored copies that this worker keeps up, by the copy's id. */
export class CopyKeeper {
  private readonly servers = new Map<string, OpenCopy>();

  constructor(
    private readonly db: Store,
    private readonly workerName: string,
  ) {}

  /**
   * A copy of a cluster that is open here.
   *
   * @throws PlumblineError `not-found` when the cluster has no such copy, `conflict` when it is closed or elsewhere.
   */
  async find(clusterId: string, copyId: string): Promise<OpenCopy> {
    const [row] = await listCopies(this.db, { clusterId, id: copyId });
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
    if (row.workerName !== this.workerName) {
      throw new PlumblineError('conflict', `This copy is on the worker ${row.workerName}.`, {
        next: 'Plan it there, or start that worker.',
      });
    }
    const server = this.servers.get(copyId);
    if (server) return server;
    throw new PlumblineError('conflict', 'The server of this copy is not up yet.', {
      next: 'Its worker starts it again; try in a minute.',
    });
  }
}
