import { PlumblineError } from '@/lib/base/errors';
import type { CopyDesk, OpenCopy } from '@/lib/engine/define-job';
import { restoreLayout } from '@/lib/procedures/physical-restore-config';
import { startCopy } from '@/lib/procedures/physical-server';
import { recoveryTargetSchema } from '@/lib/procedures/recovery-target';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

const stops = new WeakMap<OpenCopy, () => Promise<void>>();

/** Ends a copy that a run of the harness left open. */
export async function stopHarnessCopy(copy: OpenCopy): Promise<void> {
  await stops.get(copy)?.();
  removeTree(copy.directory);
}

/** What a worker's keeper of copies does, for runs of the harness: real servers, a map for the rows. */
export function harnessCopies(of: {
  runId: string;
  folder: string;
  signal: AbortSignal;
  copies: Map<string, OpenCopy>;
}): CopyDesk {
  const { runId, copies } = of;
  const directory = `${of.folder}/c${runId.slice(0, 8)}`;
  return {
    directory: () => {
      makeOwnedDirectory(directory, toolUserName());
      return directory;
    },
    open: async (copy) => {
      const server = await startCopy({
        layout: restoreLayout(directory),
        major: copy.major,
        superuser: copy.facts.superuser,
        systemUser: toolUserName(),
        target: recoveryTargetSchema.parse(copy.target),
        action: copy.mode === 'paused' ? 'pause' : 'promote',
        segmentBytes: copy.facts.segmentBytes,
        applicationName: 'harness copy',
      });
      const { mode, major, socketDir, port, user, connect } = server;
      const open = { id: runId, mode, major, directory, socketDir, port, user, connect };
      stops.set(open, () => server.stop());
      copies.set(runId, open);
      return runId;
    },
    close: async (copyId) => {
      const copy = copies.get(copyId);
      if (!copy) throw new PlumblineError('not-found', 'The cluster has no such copy.');
      copies.delete(copyId);
      await stopHarnessCopy(copy);
    },
    discard: async () => {
      if (!copies.has(runId)) removeTree(directory);
    },
  };
}
