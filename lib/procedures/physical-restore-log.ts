import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { walName, walPlace } from '@/lib/engine/wal-names';
import { type RecoveryTarget, targetText } from '@/lib/procedures/recovery-target';
import { lastError } from '@/lib/tools/pgbackrest/log-lines';

/** What a recovering server said in its log. Times are ISO 8601 in UTC, as `log_line_prefix = '%m [%p] '` gives them. */
export interface RecoveryLog {
  /** Segments that the archive gave. */
  restored: number;
  lastSegment: string | null;
  /** From here on the files fit together and reads are possible. */
  consistentLsn: string | null;
  /** `before commit of transaction 747, time …`, `after WAL location (LSN) "0/5000028"`. */
  stopping: string | null;
  isPaused: boolean;
  redoDoneLsn: string | null;
  redoDoneAt: string | null;
  timeline: number | null;
  /** Settings that must not be lower than on the source, with the source's values. */
  tooLow: Record<string, number>;
  /** FATAL and PANIC lines with their details. */
  fatal: string[];
  /** pgBackRest's last error while it fetched WAL. */
  fetchError: string | null;
  lastLines: string[];
}

const prefix = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] (\w+): {2}(.*)$/;

/** Reads the log of one start of a server. */
export function readRecoveryLog(text: string): RecoveryLog {
  const log: RecoveryLog = {
    restored: 0,
    lastSegment: null,
    consistentLsn: null,
    stopping: null,
    isPaused: false,
    redoDoneLsn: null,
    redoDoneAt: null,
    timeline: null,
    tooLow: {},
    fatal: [],
    fetchError: null,
    lastLines: [],
  };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, at, level, words = ''] = prefix.exec(line) ?? [];
    if (at === undefined) continue;
    const low = /^(\w+) = \d+ is a lower setting than on the primary server, where its value was (\d+)/.exec(
      words,
    );
    if (low?.[1]) log.tooLow[low[1]] = Number(low[2]);
    if (level === 'FATAL' || level === 'PANIC') log.fatal.push(words);
    if (level === 'DETAIL' && log.fatal.length > 0) log.fatal.push(words);
    // FATAL says later only that the file has errors; which they are is said before, as LOG.
    if (level === 'LOG' && /^(invalid value for|unrecognized configuration) parameter/.test(words))
      log.fatal.push(words);
    if (level !== 'LOG') continue;
    const segment = /^restored log file "([0-9A-F]{24})" from archive/.exec(words)?.[1];
    if (segment) {
      log.restored += 1;
      log.lastSegment = segment;
    }
    log.consistentLsn =
      /^consistent recovery state reached at ([0-9A-F]+\/[0-9A-F]+)/.exec(words)?.[1] ?? log.consistentLsn;
    log.stopping = /^recovery stopping (.+)$/.exec(words)?.[1] ?? log.stopping;
    if (/^pausing at the end of recovery/.test(words)) log.isPaused = true;
    const redo = /^redo done at ([0-9A-F]+\/[0-9A-F]+)/.exec(words)?.[1];
    if (redo) {
      log.redoDoneLsn = redo;
      log.redoDoneAt = `${at.replace(' ', 'T')}Z`;
    }
    const timeline = /^selected new timeline ID: (\d+)/.exec(words)?.[1];
    if (timeline) log.timeline = Number(timeline);
  }
  // The server's own lines stand between those of the command that fetches.
  log.fetchError =
    lastError(lines.filter((line) => !prefix.test(line) && !line.startsWith('\t')))?.text ?? null;
  log.lastLines = lines.slice(-12);
  return log;
}

type Sentence = { message: string; next: string };

const diskFull: Sentence = {
  message: 'The disk of the copy is full.',
  next: 'Free space in the worker’s folder, then start again: everything of this try is removed.',
};
/** Marks an error that tells of this worker's disk, not of the backup: a drill that ends so has proven nothing. */
export const noRoomField = { disk: 'It is full.' };

/** The last write before the end is cut short: of that pgBackRest says no reason, as it does of any other. */
const fullDisk = /No space left on device|Disk quota exceeded|unable to write '[^'\n]*'(?!: \[)/;

/** The error of a copy whose disk got full, when a tool's words say so. */
export function diskFullError(words: string): PlumblineError | undefined {
  if (!fullDisk.test(words)) return undefined;
  const { message, next } = diskFull;
  return new PlumblineError('tool-failed', message, { next, detail: words, fields: noRoomField });
}

/** The segment that recovery asked for and did not get, as far as the log tells. */
function missingSegment(log: RecoveryLog, segmentBytes: number): string | undefined {
  const place = log.lastSegment === null ? undefined : walPlace(log.lastSegment, segmentBytes);
  return place && walName({ ...place, number: place.number + 1 }, segmentBytes);
}

function sentenceOf(log: RecoveryLog, target: RecoveryTarget, segmentBytes: number): Sentence {
  const said = log.fatal.join(' ');
  const wanted = targetText(target);
  const fetching = log.fetchError
    ? ` While fetching WAL pgBackRest said: ${log.fetchError.slice(0, 300)}`
    : '';
  if (said.includes('recovery ended before configured recovery target was reached')) {
    const missing = missingSegment(log, segmentBytes);
    const where = log.redoDoneLsn ? ` at ${log.redoDoneLsn}` : '';
    const without = missing ? ` The archive gave no usable ${missing}.` : '';
    return {
      message: `Recovery ended${where}, before it came to ${wanted}.${without}${fetching}`,
      next:
        target.type === 'time'
          ? 'Either the archive has a hole there, or nothing was committed after that time: see the recoverable window, or recover to the latest change.'
          : 'The archive has a hole or a damaged segment there: see the recoverable window. Another repository may have it.',
    };
  }
  if (said.includes('requested recovery stop point is before consistent recovery point')) {
    return {
      message: `The backup ended after ${wanted}, so it cannot go back there.`,
      next: 'Choose a backup that ended before the target.',
    };
  }
  if (/recovery target timeline \d+ does not exist|requested timeline \d+ is not a child/.test(said)) {
    return {
      message: `The timeline cannot be followed from this backup: ${said.slice(0, 300)}`,
      next: 'Choose a timeline that the backup’s own leads to; the recoverable window draws them.',
    };
  }
  if (/insufficient parameter settings/.test(said) || Object.keys(log.tooLow).length > 0) {
    const low = Object.entries(log.tooLow).map(([name, value]) => `${name} = ${value}`);
    return {
      message: `The copy’s settings are lower than the source’s were: ${low.join(', ')}.`,
      next: 'Start it with at least these values.',
    };
  }
  if (/could not locate (a valid|required) checkpoint record|invalid checkpoint record/.test(said)) {
    return {
      message: `The WAL that the backup needs to become consistent is not in the archive.${fetching}`,
      next: 'Use another backup: without these segments this one cannot be restored at all.',
    };
  }
  if (/database files are incompatible with server|is not compatible with this version/.test(said)) {
    return {
      message: `The files are of another PostgreSQL than the one that should read them: ${said.slice(0, 300)}`,
      next: 'Install the server’s major version on this worker.',
    };
  }
  if (/resource manager with ID \d+ not registered/.test(said)) {
    return {
      message:
        'The WAL holds records of an extension’s own, which a copy without loaded libraries cannot replay.',
      next: 'Recover to a moment before them, or restore on a server that loads the extension.',
    };
  }
  if (/invalid page|could not read block|contains references to invalid pages/.test(said)) {
    return {
      message: `A page of the restored files is damaged: ${said.slice(0, 300)}`,
      next: 'Use an older backup, and look at the source’s disks: the damage may have come from there.',
    };
  }
  const words = said || log.lastLines.slice(-3).join(' ');
  return {
    message: `The restored server did not come up: ${words.slice(0, 500)}${fetching}`,
    next: 'Read the run’s log for the server’s last lines.',
  };
}

/** Why a recovery failed, in a sentence, with what to do and the server's last lines for the log. */
export function recoveryError(
  log: RecoveryLog,
  target: RecoveryTarget,
  segmentBytes: number,
): PlumblineError {
  // Whatever else it says then is a consequence: a segment that could not be written looks like a hole.
  const full = diskFullError([...log.lastLines, ...log.fatal, log.fetchError ?? ''].join('\n'));
  if (full) return full;
  const { message, next } = sentenceOf(log, target, segmentBytes);
  return new PlumblineError('tool-failed', message, { next, detail: log.lastLines.join('\n') });
}

/**
 * Recovery to the archive's end takes a segment that cannot be fetched for that end, and comes up without what follows:
 * a damaged segment, a full disk, a storage that went away.
 */
export function cutShortError(log: RecoveryLog, segmentBytes: number): PlumblineError | undefined {
  if (log.fetchError === null) return undefined;
  const full = diskFullError(log.fetchError);
  if (full) return full;
  const missing = missingSegment(log, segmentBytes);
  return new PlumblineError(
    'tool-failed',
    `Recovery ended${log.redoDoneLsn ? ` at ${log.redoDoneLsn}` : ''} without having come to the archive’s end.${missing ? ` The archive gave no usable ${missing}.` : ''} While fetching WAL pgBackRest said: ${log.fetchError.slice(0, 300)}`,
    {
      next: 'See the recoverable window, and recover to a moment before that segment, or from another repository that has it.',
      detail: log.lastLines.join('\n'),
    },
  );
}

const logBytes = 4 * 1024 * 1024;

/** The end of a server's log, from a place in bytes on; empty when there is none. */
export function tailOfLog(file: string, from: number): string {
  try {
    const { size } = statSync(file);
    const start = Math.max(from, size - logBytes);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const open = openSync(file, 'r');
    try {
      readSync(open, buffer, 0, buffer.length, start);
    } finally {
      closeSync(open);
    }
    return buffer.toString('utf8');
  } catch {
    return '';
  }
}
