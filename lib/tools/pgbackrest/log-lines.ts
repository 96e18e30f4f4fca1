import { printable } from '@/lib/tools/pgbackrest/info';

export interface BackrestLine {
  /** `P00` is the main process, `P01` and on its workers. */
  process: string | null;
  level: 'ERROR' | 'WARN' | 'INFO' | 'DETAIL' | 'DEBUG' | 'TRACE';
  text: string;
}

/**
 * One line of the console log: `2026-11-21 08:01:33.135 P00   INFO: text`, or, as 2.45 writes to stderr,
 * `ERROR: [050]: text`. Undefined for lines that go on the one before (hints are indented).
 */
export function parseLine(line: string): BackrestLine | undefined {
  const found =
    /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (P\d+) +)?(ERROR|WARN|INFO|DETAIL|DEBUG|TRACE): (.*)$/s.exec(
      line,
    );
  if (!found) return undefined;
  return {
    process: found[1] ?? null,
    level: found[2] as BackrestLine['level'],
    text: printable(found[3] ?? ''),
  };
}

/** The last error that was logged: `[050]: unable to acquire lock …` as its number and its words. */
export function lastError(lines: readonly string[]): { code: number; text: string } | undefined {
  for (let n = lines.length - 1; n >= 0; n -= 1) {
    const line = parseLine(lines[n] ?? '');
    if (line?.level !== 'ERROR') continue;
    const found = /^\[(\d{3})\]: (.*)$/.exec(line.text);
    const hints = [];
    for (const next of lines.slice(n + 1)) {
      if (parseLine(next)) break;
      if (next.trim()) hints.push(printable(next));
    }
    const text = [found?.[2] ?? line.text, ...hints].join(' ');
    return { code: Number(found?.[1] ?? 0), text };
  }
  return undefined;
}

/** What the lines of one command tell, gathered as they come: never the lines themselves, which may be millions. */
export class BackrestOutput {
  /** Per cent of the bytes, as pgBackRest counts them; it moves when a file ends. */
  percent: number | null = null;
  label: string | undefined;
  /** Label of an interrupted backup that this one goes on with: it keeps it, whatever the time is now. */
  resumed: string | undefined;
  /** Files with pages whose checksum is wrong, with the pages as pgBackRest names them. */
  pageErrors: string[] = [];
  warnings: string[] = [];
  private readonly last: string[] = [];

  /** Takes one line; true when the percentage moved. */
  take(raw: string): boolean {
    this.last.push(raw.slice(0, 1_000));
    if (this.last.length > 60) this.last.shift();
    const line = parseLine(raw);
    if (!line) return false;
    const { text, level } = line;
    this.label = /^new backup label = (\S+)$/.exec(text)?.[1] ?? this.label;
    this.resumed = /^resumable backup (\S+) of same type exists/.exec(text)?.[1] ?? this.resumed;
    const pages = /^(?:invalid|unaligned) page checksums? found in file (.+)$/.exec(text)?.[1];
    if (pages !== undefined && this.pageErrors.length < 100) this.pageErrors.push(pages);
    if (level === 'WARN' && this.warnings.length < 100) this.warnings.push(text.slice(0, 500));
    const percent = /\([\d.]+[KMGTP]?i?B, ([\d.]+)%\)/.exec(text)?.[1];
    if (level !== 'DETAIL' || percent === undefined) return false;
    this.percent = Number(percent);
    return true;
  }

  /** The last error that was said, if any. */
  get error(): { code: number; text: string } | undefined {
    return lastError(this.last);
  }

  /** The last words: for evidence when something failed. */
  get tail(): string[] {
    return this.last.map(printable);
  }
}
