import type { HostDisk, HostReading } from '@/lib/engine/host-reading';

/** Filesystems that are no disks. */
const unreal = new Set([
  'tmpfs',
  'ramfs',
  'devtmpfs',
  'squashfs',
  'iso9660',
  'proc',
  'sysfs',
  'cgroup2',
  'nsfs',
]);

interface Sample {
  labels: Record<string, string>;
  value: number;
}

/**
 * What node_exporter tells of a machine (its text format: prometheus.io, "Exposition formats"). Metrics that it does
 * not give are null; undefined when it gives none of these at all, and so is something else.
 */
export function readNodeExporter(text: string): HostReading | undefined {
  const samples = samplesOf(text);
  const one = (name: string) => samples.get(name)?.[0]?.value ?? null;
  const times = samples.get('node_cpu_seconds_total') ?? [];
  const processors = new Set(times.map(({ labels }) => labels.cpu)).size;
  if (processors === 0) return undefined;
  const seconds = (...modes: string[]) =>
    times
      .filter(({ labels }) => modes.includes(labels.mode ?? ''))
      .reduce((sum, { value }) => sum + value, 0);
  // guest and guest_nice are part of user and nice already.
  const busy = seconds('user', 'nice', 'system', 'irq', 'softirq', 'steal');
  const wait = seconds('iowait');
  return {
    processors,
    load1: one('node_load1'),
    load5: one('node_load5'),
    load15: one('node_load15'),
    busySeconds: busy,
    ioWaitSeconds: wait,
    processorSeconds: busy + wait + seconds('idle'),
    memoryTotalBytes: one('node_memory_MemTotal_bytes'),
    memoryAvailableBytes: one('node_memory_MemAvailable_bytes'),
    swapTotalBytes: one('node_memory_SwapTotal_bytes'),
    swapFreeBytes: one('node_memory_SwapFree_bytes'),
    disks: disksOf(samples),
  };
}

function disksOf(samples: ReadonlyMap<string, Sample[]>): HostDisk[] {
  const free = new Map(
    (samples.get('node_filesystem_avail_bytes') ?? []).map(({ labels, value }) => [labels.mountpoint, value]),
  );
  return (samples.get('node_filesystem_size_bytes') ?? []).flatMap(({ labels, value }) => {
    const { mountpoint: mount = '', fstype = '' } = labels;
    const freeBytes = free.get(mount);
    if (!mount.startsWith('/') || unreal.has(fstype) || freeBytes === undefined || !(value > 0)) return [];
    return [{ mount, holds: [], totalBytes: value, freeBytes }];
  });
}

const wanted = /^node_(cpu_seconds_total|load\d+|memory_\w+|filesystem_(size|avail)_bytes)$/;

function samplesOf(text: string): Map<string, Sample[]> {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    const [, name, labels = '', value] = found ?? [];
    if (name === undefined || value === undefined || !wanted.test(name)) continue;
    const number = Number(value);
    if (!Number.isFinite(number)) continue;
    samples.set(name, [...(samples.get(name) ?? []), { labels: labelsOf(labels), value: number }]);
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    if (name !== undefined && value !== undefined)
      labels[name] = value.replace(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
  }
  return labels;
}
