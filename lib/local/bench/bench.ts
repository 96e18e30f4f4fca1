import { cpus } from 'node:os';
import { measureApi } from '@/lib/local/bench/api';
import { measureBackup } from '@/lib/local/bench/backup';
import { measureCollection } from '@/lib/local/bench/collection';
import { measureRecover } from '@/lib/local/bench/recover';
import { measureStorage } from '@/lib/local/bench/storage';
import { findPrerequisites } from '@/lib/local/prerequisites';
import { createProgress, type LaunchContext } from '@/lib/local/progress';
import { startReaper } from '@/lib/local/reaper';
import { waitForEnd } from '@/lib/local/shutdown';

const measures = {
  collection: measureCollection,
  storage: measureStorage,
  backup: measureBackup,
  recover: measureRecover,
  api: measureApi,
};

/**
 * `npm run bench`, or `npm run bench -- api` for one part: figures as one JSON object on standard output. Each part
 * brings its own comparison; only ratios mean something on another machine.
 */
export async function main(args: string[], context: LaunchContext): Promise<number> {
  const progress = createProgress(context);
  waitForEnd(context.watchParent).then(() => process.exit(130));
  startReaper(3_000);
  await findPrerequisites(progress, true);
  const figures: Record<string, unknown> = {
    at: new Date().toISOString(),
    processors: cpus().length,
    node: process.versions.node,
  };
  for (const [name, measure] of Object.entries(measures)) {
    if (args.length > 0 && !args.includes(name)) continue;
    figures[name] = await measure((text) => process.stderr.write(`${name}: ${text}\n`), context.root);
    // A later part that fails must not take along what was measured.
    process.stderr.write(`${name}: ${JSON.stringify(figures[name])}\n`);
  }
  // Watching for the end of our parent would keep us here; the figures must be out before we go.
  await new Promise<void>((resolve) =>
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`, () => resolve()),
  );
  process.exit(0);
}
