import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import type { Held } from '@/lib/store/run-claims';
import { appendLog, type LogLine, setProgress } from '@/lib/store/run-log';

const maxLines = 10_000;
const maxLineCharacters = 4_000;
const flushEveryMs = 250;

/** Passwords in connection strings and in `password=…`, which tools like to repeat in their errors. */
const secretPatterns: [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@]+@/gi, '$1<redacted>@'],
  [/\b(password|passwd|pgpassword|secret|token)(\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s,;]+)/gi, '$1$2<redacted>'],
];

/** Takes known secrets, and what looks like one, out of a text. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '<redacted>');
  for (const [pattern, instead] of secretPatterns) clean = clean.replace(pattern, instead);
  return clean;
}

/**
 * Writes a run's log in batches, numbered without gaps; capped, since a tool may say millions of lines. Batches that
 * could not be written while our database is away are kept and go with the next.
 */
export class RunLogWriter {
  private waiting: Omit<LogLine, 'epoch'>[] = [];
  private latestProgress: JsonObject | undefined;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();
  readonly secrets = new Set<string>();

  constructor(
    private readonly db: Store,
    private readonly held: Held,
    private readonly notifier: Notifier,
    private seq: number,
  ) {}

  write(level: LogLine['level'], step: string | null, text: string): void {
    if (this.seq > maxLines) return;
    // A zero byte is the one character that PostgreSQL's text cannot hold.
    const clean = redact(text.replaceAll('\0', '\uFFFD'), this.secrets);
    const isLast = this.seq === maxLines;
    this.waiting.push({
      seq: this.seq,
      at: new Date().toISOString(),
      step,
      level: isLast ? 'warn' : level,
      text: isLast ? `The log is cut here, after ${maxLines} lines.` : clean.slice(0, maxLineCharacters),
    });
    this.seq += 1;
    this.schedule();
  }

  progress(step: string, done: number, total: number | null, what: string): void {
    this.latestProgress = { step, done, total, what: what.slice(0, 500), at: new Date().toISOString() };
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush(), flushEveryMs);
  }

  /** Writes all that waits. Never throws: a log must not end its run. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.send());
    return this.flushing;
  }

  private async send(): Promise<void> {
    const lines = this.waiting.splice(0, 500);
    const progress = this.latestProgress;
    this.latestProgress = undefined;
    if (lines.length === 0 && !progress) return;
    try {
      await appendLog(this.db, this.held, lines);
      if (progress) await setProgress(this.db, this.held, progress);
      this.notifier.hint('run', this.held.runId);
    } catch {
      this.waiting.unshift(...lines);
      if (this.waiting.length > maxLines) this.waiting.length = maxLines;
      return;
    }
    if (this.waiting.length > 0) await this.send();
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }
}
