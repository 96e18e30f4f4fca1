import type { Client } from '@/lib/cli/client';
import { type Context, poll } from '@/lib/cli/context';
import { exitCodes } from '@/lib/cli/exit-codes';
import { runText } from '@/lib/cli/job-text';
import { printable } from '@/lib/cli/output';
import { type LogLine, type Run, runLogSchema, runSchema } from '@/lib/contract/runs';

/** Ends with the code that says how the run stands. */
export function endWithRun(ctx: Context, data: Run): void {
  if (data.state === 'needs-decision') ctx.end(exitCodes.blocked);
  else if (data.state === 'failed' || data.state === 'cancelled') ctx.end(exitCodes.failed);
}

/** All lines after a number, page by page. */
export async function logAfter(client: Client, id: string, afterSeq: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let after = afterSeq; ; ) {
    const path = `/runs/${encodeURIComponent(id)}/log?afterSeq=${after}`;
    const page = await client.get(path, runLogSchema);
    lines.push(...page.items);
    const last = page.items.at(-1)?.seq;
    if (last === undefined || last >= page.lastSeq) return lines;
    after = last;
  }
}

/** One line of a run's log; its time is UTC. */
export function logText(line: LogLine): string {
  const level = line.level === 'info' ? '' : `${line.level}: `;
  return `${line.at.slice(11, 19)} ${line.step ? `[${printable(line.step)}] ` : ''}${level}${printable(line.text)}`;
}

const ended = (data: Run) => !['queued', 'running'].includes(data.state);

/** Shows the log as it comes, then the run; ends with the run's outcome. */
export async function follow(ctx: Context, client: Client, id: string, waitSeconds: number): Promise<void> {
  let after = 0;
  const { answer, done } = await poll(
    async () => {
      // The state first: a line written before the end is then in the log that is read after it.
      const data = await client.get(`/runs/${encodeURIComponent(id)}`, runSchema);
      const lines = await logAfter(client, id, after);
      after = lines.at(-1)?.seq ?? after;
      if (!ctx.json) for (const line of lines) ctx.io.out(logText(line));
      return data;
    },
    ended,
    waitSeconds,
    1000,
  );
  ctx.show(answer, () => `\n${runText(answer)}`);
  if (done) endWithRun(ctx, answer);
  else ctx.end(exitCodes.stillGoing);
}
