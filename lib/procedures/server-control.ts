import { existsSync, statSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { readRecoveryLog, tailOfLog } from '@/lib/procedures/physical-restore-log';
import { serverPrograms } from '@/lib/procedures/physical-server';
import { runningPostmaster } from '@/lib/tools/postgres';
import { programPath } from '@/lib/tools/programs';

type ControlContext = Pick<StepContext, 'tool' | 'log' | 'signal'>;

const stopDeadlineMs = 3_600_000;
const startSeconds = 86_400;
const stayUpMs = 1_000;

/** `in production`, `shut down` …: what pg_control says of a data directory. */
export async function controlState(
  ctx: ControlContext,
  major: number,
  data: string,
): Promise<{ state: string; systemIdentifier: string; timeline: number }> {
  const programs = await serverPrograms(major);
  const lines: string[] = [];
  const result = await ctx.tool({
    program: programPath(programs, 'pg_controldata'),
    args: [`--pgdata=${data}`],
    onLine: (line) => lines.push(line),
    deadlineMs: 60_000,
  });
  const value = (label: string) =>
    lines
      .find((line) => line.startsWith(`${label}:`))
      ?.slice(label.length + 1)
      .trim() ?? '';
  if (result.exitCode !== 0) {
    throw new PlumblineError('tool-failed', `The control file in ${data} cannot be read.`, {
      detail: result.stderrTail,
    });
  }
  return {
    state: value('Database cluster state'),
    systemIdentifier: value('Database system identifier'),
    timeline: Number(value("Latest checkpoint's TimeLineID")),
  };
}

/** Stops the server of a data directory in order, if one runs there; nothing is killed. */
export async function stopInOrder(ctx: ControlContext, major: number, data: string): Promise<boolean> {
  if (!existsSync(data) || runningPostmaster(data) === undefined) return false;
  const programs = await serverPrograms(major);
  const result = await ctx.tool({
    program: programPath(programs, 'pg_ctl'),
    args: ['stop', '-D', data, '-m', 'fast', '-w', '-t', '3500'],
    deadlineMs: stopDeadlineMs,
  });
  if (result.exitCode !== 0 && runningPostmaster(data) !== undefined) {
    throw new PlumblineError(
      'tool-failed',
      `The server in ${data} does not stop: ${result.stderrTail.trim()}`,
      {
        next: 'Stop it yourself, then go on.',
      },
    );
  }
  // A service manager may take the stop for a crash and start it again.
  await new Promise((resolve) => setTimeout(resolve, stayUpMs));
  if (runningPostmaster(data) !== undefined) {
    throw new PlumblineError('conflict', `The server in ${data} was started again by somebody at once.`, {
      next: 'Stop its service (systemctl stop, pg_ctlcluster stop) so that it stays down, then repeat.',
    });
  }
  return true;
}

/**
 * Starts a server by pg_ctl as a session of its own: it outlives the step, the run and the worker. That pg_ctl says so
 * is not enough: the server must still be there a moment later, and be no longer in recovery by its control file.
 *
 * @throws PlumblineError `tool-failed` with the server's last words.
 */
export async function startForGood(
  ctx: ControlContext,
  server: { major: number; data: string; logFile: string; options: string },
): Promise<void> {
  const { major, data, logFile, options } = server;
  if (runningPostmaster(data) !== undefined) return;
  const programs = await serverPrograms(major);
  const from = existsSync(logFile) ? statSync(logFile).size : 0;
  const result = await ctx.tool({
    program: programPath(programs, 'pg_ctl'),
    args: [
      'start',
      ...[
        '-D',
        data,
        '-w',
        '-t',
        String(startSeconds),
        '-l',
        logFile,
        '-p',
        programPath(programs, 'postgres'),
      ],
      ...(options ? ['-o', options] : []),
    ],
    deadlineMs: startSeconds * 1000,
  });
  await new Promise((resolve) => setTimeout(resolve, stayUpMs));
  if (result.exitCode === 0 && runningPostmaster(data) !== undefined) return;
  const words = tailOfLog(logFile, from).trim().split('\n').slice(-4).join(' ');
  const { tooLow } = readRecoveryLog(tailOfLog(logFile, from));
  const low = Object.keys(tooLow).length > 0 ? ` Too low: ${Object.keys(tooLow).join(', ')}.` : '';
  throw new PlumblineError(
    'tool-failed',
    `The server in ${data} did not start: ${words.slice(0, 800)}${low}`,
    {
      next: 'Mend what its last words name, then go on.',
      detail: result.stderrTail,
    },
  );
}
