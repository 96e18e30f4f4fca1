import { z } from 'zod';

/** A filesystem, and what of the server is known to lie on it. */
export const hostDiskSchema = z.object({
  mount: z.string(),
  /** What of the server lies on it: `data`, `WAL`, `tablespace 16400`. */
  holds: z.array(z.string()),
  totalBytes: z.number(),
  /** What people without root may still fill. */
  freeBytes: z.number(),
});
export type HostDisk = z.infer<typeof hostDiskSchema>;

/** One look at a machine. Null is "not told". Seconds of processors are counters since its boot, over all of them. */
export const hostReadingSchema = z.object({
  processors: z.number(),
  load1: z.number().nullable(),
  load5: z.number().nullable(),
  load15: z.number().nullable(),
  busySeconds: z.number().nullable(),
  ioWaitSeconds: z.number().nullable(),
  processorSeconds: z.number().nullable(),
  memoryTotalBytes: z.number().nullable(),
  memoryAvailableBytes: z.number().nullable(),
  swapTotalBytes: z.number().nullable(),
  swapFreeBytes: z.number().nullable(),
  disks: z.array(hostDiskSchema),
});
export type HostReading = z.infer<typeof hostReadingSchema>;

/** The filesystem that a path is on: the one with the longest mount point that the path begins with. */
export function diskOf<D extends { mount: string }>(disks: readonly D[], path: string): D | undefined {
  const holds = ({ mount }: D) => mount === '/' || path === mount || path.startsWith(`${mount}/`);
  return disks.filter(holds).sort((left, right) => right.mount.length - left.mount.length)[0];
}

/** `/proc/stat`, first line (`man 5 proc`): user nice system idle iowait irq softirq steal, in hundredths of a second. */
export function processorTimes(
  stat: string,
): Pick<HostReading, 'processors' | 'busySeconds' | 'ioWaitSeconds' | 'processorSeconds'> {
  const lines = stat.split('\n');
  const processors = lines.filter((line) => /^cpu\d+ /.test(line)).length;
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = (
    lines.find((line) => line.startsWith('cpu ')) ?? ''
  )
    .split(/\s+/)
    .slice(1)
    .map((text) => Number(text) / 100);
  const busy = user + nice + system + irq + softIrq + steal;
  return { processors, busySeconds: busy, ioWaitSeconds: wait, processorSeconds: busy + idle + wait };
}

/** `/proc/meminfo` (`man 5 proc`), in kB there. */
export function memoryFacts(
  meminfo: string,
): Pick<HostReading, 'memoryTotalBytes' | 'memoryAvailableBytes' | 'swapTotalBytes' | 'swapFreeBytes'> {
  const bytes = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1];
    return found === undefined ? null : Number(found) * 1024;
  };
  return {
    memoryTotalBytes: bytes('MemTotal'),
    memoryAvailableBytes: bytes('MemAvailable'),
    swapTotalBytes: bytes('SwapTotal'),
    swapFreeBytes: bytes('SwapFree'),
  };
}

/** `/proc/loadavg`: 1, 5 and 15 minutes. */
export function loadAverages(text: string): Pick<HostReading, 'load1' | 'load5' | 'load15'> {
  const [load1 = null, load5 = null, load15 = null] = text
    .split(' ')
    .slice(0, 3)
    .map((part) => (Number.isFinite(Number(part)) ? Number(part) : null));
  return { load1, load5, load15 };
}

/** Mount points of `/proc/self/mountinfo` (`man 5 proc`): the fifth field, with octal escapes for blanks. */
export function mountPoints(mountinfo: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith('/'))
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
    );
  return [...new Set(points)];
}
