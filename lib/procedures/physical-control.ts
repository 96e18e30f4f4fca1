import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';

/** Settings in pg_control that a hot standby must not undercut (manual: 27.4.3, Administrator's Overview). */
const sourceSettings = {
  max_connections: 'max_connections',
  max_worker_processes: 'max_worker_processes',
  max_wal_senders: 'max_wal_senders',
  max_prepared_xacts: 'max_prepared_transactions',
  max_locks_per_xact: 'max_locks_per_transaction',
} as const;

export interface ControlFacts {
  settings: Record<string, number>;
  segmentBytes: number;
  hasChecksums: boolean;
  systemIdentifier: string;
}

/** What pg_controldata says of a data directory. @throws PlumblineError `tool-failed` when it cannot be read. */
export async function readControl(
  ctx: Pick<StepContext, 'tool'>,
  major: number,
  data: string,
): Promise<ControlFacts> {
  const lines: string[] = [];
  const result = await ctx.tool({
    program: 'pg_controldata',
    major,
    args: [`--pgdata=${data}`],
    onLine: (line) => lines.push(line),
    deadlineMs: 60_000,
  });
  const value = (label: string) =>
    lines
      .find((line) => line.startsWith(`${label}:`))
      ?.slice(label.length + 1)
      .trim();
  const systemIdentifier = value('Database system identifier');
  if (result.exitCode !== 0 || !systemIdentifier) {
    throw new PlumblineError(
      'tool-failed',
      `The restored control file cannot be read: ${lines.slice(-2).join(' ')}`,
      {
        next: 'The restore did not finish: read the run’s log.',
      },
    );
  }
  const settings = Object.entries(sourceSettings).map(([label, name]) => {
    return [name, Number(value(`${label} setting`) ?? 0)] as const;
  });
  return {
    settings: Object.fromEntries(settings),
    segmentBytes: Number(value('Bytes per WAL segment') ?? 16 * 1024 * 1024),
    hasChecksums: Number(value('Data page checksum version') ?? 0) > 0,
    systemIdentifier,
  };
}
