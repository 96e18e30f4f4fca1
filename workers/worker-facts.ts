import { statfs } from 'node:fs/promises';
import type { JsonObject } from '@/lib/engine/define-job';
import { runTool } from '@/lib/tools/process';
import { findPostgresPrograms, findProgram } from '@/lib/tools/programs';

/** Programs beside PostgreSQL's that jobs may use, asked for their version. */
const otherTools = [
  // It knows a command and no option (pgbackrest.org/command.html#command-version).
  { name: 'pgbackrest', ask: 'version' },
  { name: 'pgbouncer', ask: '--version' },
  { name: 'zstd', ask: '--version' },
];
const toolsEveryMs = 10 * 60_000;

async function disk(folder: string): Promise<JsonObject> {
  try {
    const facts = await statfs(folder);
    return { folder, freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize };
  } catch {
    return { folder, freeBytes: null, totalBytes: null };
  }
}

async function versionOf({
  name,
  ask,
}: (typeof otherTools)[number]): Promise<{ name: string; version: string } | undefined> {
  const program = findProgram(name);
  if (!program) return undefined;
  try {
    const { stdout } = await runTool({ argv: [program, ask], deadlineMs: 5_000 });
    const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0];
    return version ? { name, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Looks at this machine; programs change seldom, so they are asked for every ten minutes only. */
export function machineFacts(folders: readonly string[]): () => Promise<JsonObject> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let programs: JsonObject = {};
  return async () => {
    if (performance.now() - lookedAt > toolsEveryMs) {
      lookedAt = performance.now();
      const postgres = await findPostgresPrograms();
      const tools = await Promise.all(otherTools.map(versionOf));
      programs = {
        postgres: postgres.map(({ major, version, directory, hasServer }) => ({
          major,
          version,
          directory,
          hasServer,
        })),
        tools: tools.filter((tool) => tool !== undefined),
      };
    }
    return {
      ...programs,
      nodeVersion: process.versions.node,
      memoryBytes: process.memoryUsage.rss(),
      disks: await Promise.all(folders.map(disk)),
    };
  };
}
