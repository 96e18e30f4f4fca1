import { PlumblineError } from '@/lib/base/errors';
import type { TypedHost } from '@/lib/contract/hosts';
import type { CheckRow } from '@/lib/engine/define-check';
import type { HostReading } from '@/lib/engine/host-reading';
import { readNodeExporter } from '@/lib/engine/node-exporter';
import { freshReading, hostSettings, workerReading } from '@/lib/store/hosts';
import { findInstance } from '@/lib/store/instances';
import { guardedFetch } from '@/lib/tools/guarded-fetch';
import { diskRows } from '@/workers/collector/sources/host-disks';
import type { Source, SourceContext, SourceDeps } from '@/workers/collector/sources/source';

/** What is known of a machine, and from where. */
export interface KnownHost {
  source: 'worker' | 'node_exporter' | 'typed in';
  reading: HostReading | undefined;
  typed: TypedHost | undefined;
}

type Answer = { host: KnownHost } | { reason: string };

/** A worker looks every 10 s; after this its last look is no longer the present. */
const freshSeconds = 120;
const exporterDeadlineMs = 4_000;
const exporterMaxBytes = 4 * 1024 * 1024;
/** Where node_exporter listens unless told otherwise: nothing else of the worker's own machine may be asked. */
const defaultExporterPort = 9100;
/** The three checks of one round share one look. */
const sharedForMs = 5_000;

const mend =
  'Give one of three: a worker on that machine (PLUMBLINE_HOSTS names its host, and it may read the data directory); the address of its node_exporter in the settings of the server; or its size, typed in there.';

const shared = new Map<string, { at: number; answer: Promise<Answer> }>();

/** The next look is a new one: for tests, which change a machine faster than machines change. */
export function forgetSharedHosts(): void {
  shared.clear();
}

type HostDeps = Pick<SourceDeps, 'db' | 'exporterPort'>;

function hostOf(deps: HostDeps, instanceId: string): Promise<Answer> {
  const now = performance.now();
  for (const [id, { at }] of shared) if (now - at > sharedForMs) shared.delete(id);
  const known = shared.get(instanceId) ?? { at: now, answer: askHost(deps, instanceId) };
  shared.set(instanceId, known);
  return known.answer;
}

/** The first that answers: a worker on the machine, its node_exporter, what people have typed in. */
async function askHost(deps: HostDeps, instanceId: string): Promise<Answer> {
  const { db } = deps;
  const [row, settings] = await Promise.all([workerReading(db, instanceId), hostSettings(db, instanceId)]);
  const reading = freshReading(row, freshSeconds);
  if (reading) return { host: { source: 'worker', reading, typed: undefined } };
  let why = row?.refusal ?? 'No worker runs on this machine.';
  if (settings.exporterUrl !== null) {
    const asked = await askExporter(deps, instanceId, settings.exporterUrl);
    if ('reading' in asked)
      return { host: { source: 'node_exporter', reading: asked.reading, typed: undefined } };
    // What was given is what people expect figures from: a size that was typed in must not hide that it is silent.
    return { reason: `The node_exporter does not help: ${asked.refusal}` };
  }
  if (settings.typed !== null && Object.keys(settings.typed).length > 0)
    return { host: { source: 'typed in', reading: undefined, typed: settings.typed } };
  if (!row)
    why = 'No worker runs on this machine, no node_exporter is named, and nobody has typed its size in.';
  return { reason: why };
}

async function askExporter(
  { db, exporterPort = defaultExporterPort }: HostDeps,
  instanceId: string,
  url: string,
): Promise<{ reading: HostReading } | { refusal: string }> {
  const instance = await findInstance(db, instanceId);
  try {
    const text = await guardedFetch(url, {
      deadlineMs: exporterDeadlineMs,
      maxBytes: exporterMaxBytes,
      ...(instance && { trusted: { host: instance.host, port: exporterPort } }),
    });
    const reading = readNodeExporter(text);
    return reading ? { reading } : { refusal: 'what answers there is no node_exporter.' };
  } catch (error) {
    if (error instanceof PlumblineError) return { refusal: error.message };
    throw error;
  }
}

type RowsOf = (host: KnownHost, context: SourceContext, deps: SourceDeps) => Promise<CheckRow[]>;

function hostSource(rowsOf: RowsOf): (deps?: SourceDeps) => Source {
  return (deps) => ({
    collect: async (context) => {
      const started = performance.now();
      const durationMs = () => performance.now() - started;
      if (!deps)
        return { answer: { state: 'unknown', reason: 'A trial has no machine.', mend: null, durationMs: 0 } };
      const known = await hostOf(deps, context.instanceId);
      if ('reason' in known)
        return { answer: { state: 'unknown', reason: known.reason, mend, durationMs: durationMs() } };
      const rows = await rowsOf(known.host, context, deps);
      if (rows.length === 0) {
        const reason = `What is known of this machine (${known.host.source}) does not tell it.`;
        return { answer: { state: 'unknown', reason, mend, durationMs: durationMs() } };
      }
      return { answer: { state: 'ok', rows, serverEpoch: Date.now() / 1000, durationMs: durationMs() } };
    },
  });
}

/** Processors and load, one row. */
export const makeProcessorsSource = hostSource(async ({ source, reading, typed }) => {
  const processors = reading?.processors ?? typed?.processors;
  if (processors === undefined) return [];
  const load5 = reading?.load5 ?? null;
  return [
    {
      source,
      processors,
      load1: reading?.load1 ?? null,
      load5,
      load15: reading?.load15 ?? null,
      load_percent: load5 === null ? null : (100 * load5) / processors,
      busy_seconds: reading?.busySeconds ?? null,
      io_wait_seconds: reading?.ioWaitSeconds ?? null,
      processor_seconds: reading?.processorSeconds ?? null,
    },
  ];
});

/** Memory and swap, one row. */
export const makeMemorySource = hostSource(async ({ source, reading, typed }) => {
  const total = reading?.memoryTotalBytes ?? typed?.memoryBytes ?? null;
  if (total === null) return [];
  const available = reading?.memoryAvailableBytes ?? null;
  const swap = reading?.swapTotalBytes ?? null;
  const swapFree = reading?.swapFreeBytes ?? null;
  const swapUsed = swap === null || swapFree === null ? null : swap - swapFree;
  return [
    {
      source,
      total_bytes: total,
      available_bytes: available,
      available_percent: available === null ? null : (100 * available) / total,
      swap_bytes: swap,
      swap_used_bytes: swapUsed,
      // Without swap there is none to run out of.
      swap_used_percent: swapUsed === null || swap === null || swap === 0 ? null : (100 * swapUsed) / swap,
    },
  ];
});

/** Filesystems that hold something of the server, one row each. */
export const makeDisksSource = hostSource(diskRows);
