import { existsSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import {
  type DumpedFile,
  type DumpedTable,
  dumpFolder,
  globalsFile,
  type Manifest,
  manifestFile,
  readManifest,
  rolesFile,
  sha256Of,
  syncDirectory,
  writeDurably,
} from '@/lib/procedures/dump-archive';
import { catalogTableSchema, dumpCatalogSchema } from '@/lib/procedures/dump-catalog';
import { decodeDump, hashFile } from '@/lib/procedures/dump-decode';
import { rolesScript } from '@/lib/procedures/dump-globals';
import { type DumpFacts, listDump } from '@/lib/procedures/dump-run';
import { parseTocList, tableDataEntries } from '@/lib/procedures/toc-list';
import { removeTree } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

/** Kept between the steps inside the partial folder, never in the console's database: it may be large. */
const factsFile = 'facts.json';

const factsSchema = z.object({
  snapshot: z.object({ at: z.string(), lsn: z.string().nullable(), xids: z.string() }),
  tables: z.array(catalogTableSchema),
  catalog: dumpCatalogSchema,
  dumpSeconds: z.number(),
});

/** Puts beside a fresh dump what the later steps and people need: facts, roles, settings. */
export async function keepFacts(partial: string, facts: DumpFacts): Promise<void> {
  const { globals, ...rest } = facts;
  const user = toolUserName();
  await writeDurably(path.join(partial, globalsFile), `${JSON.stringify(globals, null, 1)}\n`, user);
  await writeDurably(path.join(partial, rolesFile), rolesScript(globals), user);
  await writeDurably(path.join(partial, factsFile), JSON.stringify(rest), user);
}

export interface VerifyOptions {
  partial: string;
  database: string;
  major: number;
  startedAt: string;
}

/** What was counted, for the evidence: the manifest holds all of it. */
export interface VerifiedDump {
  manifestSha256: string;
  bytes: number;
  decodedBytes: number;
  rows: number;
  tables: number;
  largeObjects: number;
  verifySeconds: number;
}

/**
 * Decodes a whole dump, counts each table's rows from its own data and writes the manifest that a restore is
 * judged by. The proof that each file can be read comes from reading it, not from pg_dump's exit code.
 *
 * @throws PlumblineError `tool-failed` that names the file or table that is wrong.
 */
export async function verifyDump(ctx: StepContext, options: VerifyOptions): Promise<VerifiedDump> {
  const startedAt = performance.now();
  const { partial } = options;
  const dump = path.join(partial, dumpFolder);
  const { dumpSeconds: _, ...facts } = factsSchema.parse(
    JSON.parse(await readFile(path.join(partial, factsFile), 'utf8')),
  );
  const entries = tableDataEntries(parseTocList(await listDump(ctx, options.major, dump)));
  const tableOf = new Map(facts.tables.map((table) => [table.oid, table]));
  const files = new Map(entries.map((entry) => [`${entry.dumpId}.dat`, entry]));
  const decoded = await decodeDump(dump, new Set(files.keys()), ctx.signal, (done, total) =>
    ctx.progress(done, total, 'decoding all of the dump'),
  );
  const tables: DumpedTable[] = [];
  for (const file of decoded) {
    const entry = files.get(file.name.replace(/\.gz$/, ''));
    if (!entry) continue;
    const table = tableOf.get(entry.oid);
    if (!table || file.rows === null) {
      throw new PlumblineError(
        'tool-failed',
        `The dump holds data of a table that is not in its snapshot: ${entry.text}`,
      );
    }
    const { schema, name, extensionMember } = table;
    tables.push({
      schema,
      name,
      extensionMember,
      rows: file.rows,
      bytes: file.decodedBytes,
      file: `${dumpFolder}/${file.name}`,
    });
  }
  const listed: DumpedFile[] = decoded.map(({ name, bytes, sha256 }) => ({
    path: `${dumpFolder}/${name}`,
    bytes,
    sha256,
  }));
  for (const name of [globalsFile, rolesFile]) {
    listed.push({ path: name, ...(await hashFile(path.join(partial, name), ctx.signal)) });
  }
  const largeObjects = decoded.filter((file) => /^blob_\d+\.dat/.test(file.name)).length;
  const { target } = ctx;
  const manifest: Manifest = {
    format: 'plumbline-logical-1',
    id: ctx.runId,
    cluster: {
      id: target.clusterId,
      name: target.clusterName,
      systemIdentifier: target.systemIdentifier,
      timeline: target.timeline,
    },
    instance: { id: target.instanceId, name: target.instanceName, role: target.role },
    database: options.database,
    serverVersionNum: target.serverVersionNum,
    dumpMajor: options.major,
    startedAt: options.startedAt,
    finishedAt: new Date().toISOString(),
    snapshot: facts.snapshot,
    tables,
    largeObjects,
    catalog: facts.catalog,
    files: listed,
  };
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  await writeDurably(path.join(partial, manifestFile), text, toolUserName());
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    manifestSha256: sha256Of(text),
    bytes: sum(listed.map((file) => file.bytes)),
    decodedBytes: sum(decoded.map((file) => file.decodedBytes)),
    rows: sum(tables.map((table) => table.rows)),
    tables: tables.length,
    largeObjects,
    verifySeconds: (performance.now() - startedAt) / 1000,
  };
}

/**
 * Gives a verified dump its final name. From this moment it is a backup, and not a moment earlier. Harmless when
 * an earlier claim of the run already did it.
 */
export async function publishDump(partial: string, final: string): Promise<void> {
  if (existsSync(final)) {
    await readManifest(final);
    removeTree(partial);
    return;
  }
  removeTree(path.join(partial, factsFile));
  await syncDirectory(partial);
  await rename(partial, final);
  await syncDirectory(path.dirname(final));
}

/** The largest tables for the evidence; the manifest has them all. */
export async function largestTables(backupPath: string, limit: number): Promise<JsonObject[]> {
  const { tables } = await readManifest(backupPath);
  return tables
    .sort((left, right) => right.rows - left.rows)
    .slice(0, limit)
    .map(({ schema, name, rows, bytes }) => ({ schema, table: name, rows, decodedBytes: bytes }));
}

/** Removes what a run has not finished, of any epoch. A folder that is not ours by name is left alone. */
export async function removePartials(folder: string, runId: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => name.startsWith(`${runId}.`) && name.endsWith('.partial'));
  for (const name of ours) removeTree(path.join(folder, name));
  return ours;
}
