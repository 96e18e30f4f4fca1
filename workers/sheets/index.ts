import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { messageOf } from '@/lib/base/errors';
import type { WorkerEnv } from '@/lib/base/server/env';
import type { Log } from '@/lib/base/server/log';
import { sheetText } from '@/lib/engine/emergency-sheet';
import type { KeyPair } from '@/lib/secrets/key-file';
import type { Store } from '@/lib/store/db';
import {
  clustersOfSheets,
  findEmergencySheet,
  noteEmergencySheet,
  type SheetPlaces,
  sheetFacts,
} from '@/lib/store/emergency-sheets';
import { writeSecretFile } from '@/lib/tools/files';
import { serverOfFacts } from '@/lib/tools/pgbackrest/config';
import { toolUserName } from '@/lib/tools/system-user';
import { pgbackrestDirectory, stanzaConfigs } from '@/workers/runner/stanza-config';

export interface SheetOptions extends Omit<SheetPlaces, 'worker'> {
  db: Store;
  log: Log;
  workerName: string;
  keyFile: string;
  /** Outside what the console would be lost with. */
  folder: string;
  everySeconds?: number;
}

/** As a worker's environment says it. */
export function sheetOptions(parts: { db: Store; keyPair: KeyPair; env: WorkerEnv; log: Log }): SheetOptions {
  const { db, keyPair, env, log } = parts;
  const directory = pgbackrestDirectory(env);
  const configs = stanzaConfigs({ db, keyPair, toolUser: toolUserName(), directory });
  return {
    db,
    log,
    workerName: env.PLUMBLINE_WORKER_NAME,
    keyFile: env.PLUMBLINE_KEY_FILE,
    folder:
      env.PLUMBLINE_SHEETS_DIR ?? path.join(path.dirname(env.PLUMBLINE_REPOSITORY_DIR), 'emergency-sheets'),
    configFileOf: configs.pathOf,
    review: async (stanza) => {
      const server = serverOfFacts(stanza.dataDirectory, stanza.facts);
      return server && stanza.isManaged ? configs.review(stanza, server) : '';
    },
  };
}

/** A name for people, and one that no other cluster's can take. */
function fileOf(folder: string, name: string, clusterId: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return path.join(folder, `emergency-${words || 'cluster'}-${clusterId.slice(-8)}.txt`);
}

/**
 * Keeps the emergency sheet of each cluster whose backups this worker has: looks each minute, and writes where something
 * of it has changed, such as after a backup. Readers find the old sheet or the new one, never half of it.
 */
export function startSheets(options: SheetOptions): { look(): Promise<void>; stop(): Promise<void> } {
  const { db, log, workerName, folder } = options;
  const places: SheetPlaces = {
    worker: { name: workerName, host: hostname(), keyFile: options.keyFile },
    configFileOf: options.configFileOf,
    review: options.review,
  };

  async function write(clusterId: string): Promise<void> {
    let file = path.join(folder, clusterId);
    try {
      const facts = await sheetFacts(db, clusterId, places);
      if (!facts) return;
      file = fileOf(folder, facts.cluster.name, clusterId);
      const text = sheetText(facts);
      const isNew = readIfThere(file) !== text;
      if (isNew) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeSecretFile(`${file}.new`, text);
        renameSync(`${file}.new`, file);
        removeFormer(folder, path.basename(file), clusterId);
      }
      const known = await findEmergencySheet(db, clusterId);
      await noteEmergencySheet(
        db,
        { clusterId, workerName, path: file },
        { text, isNew: isNew || known?.text !== text },
      );
    } catch (error) {
      log.warn({ err: error, cluster: clusterId }, 'the emergency sheet could not be written');
      const problem = messageOf(error).slice(0, 1000);
      await noteEmergencySheet(db, { clusterId, workerName, path: file }, { problem });
    }
  }

  const look = async () => {
    for (const clusterId of await clustersOfSheets(db, workerName)) await write(clusterId);
  };
  let running: Promise<void> = Promise.resolve();
  const round = () => {
    running = running
      .then(look)
      .catch((error: unknown) => log.warn({ err: error }, 'the emergency sheets were not looked at'));
    return running;
  };
  const timer = setInterval(() => void round(), (options.everySeconds ?? 60) * 1000);
  return {
    look: round,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The sheet under the name that the cluster had before. */
function removeFormer(folder: string, name: string, clusterId: string): void {
  for (const other of readdirSync(folder)) {
    if (other !== name && other.startsWith('emergency-') && other.endsWith(`-${clusterId.slice(-8)}.txt`))
      rmSync(path.join(folder, other));
  }
}
