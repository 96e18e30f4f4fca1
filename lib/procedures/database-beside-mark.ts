import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';

/**
 * What says of a database that it stands beside the one that people use. It is the last line of its comment, so that
 * it is known without the console and by whoever looks with another tool.
 */
const markSchema = z.object({
  /** The database that it was made from or replaced by. */
  of: z.string(),
  /** `restored`: made from a backup. `replaced`: it was in use until a restored one took its name. */
  made: z.enum(['restored', 'replaced']),
  /** The moment that its rows are of (ISO 8601); null when nobody knows. */
  moment: z.string().nullable(),
  /** The run that made it so. */
  run: z.string(),
  /** Until when it is meant to be kept (ISO 8601). */
  until: z.string().nullable(),
  /** Errors that pg_restore went on after: what it holds is not all. */
  errors: z.number().default(0),
});

export type BesideMark = z.infer<typeof markSchema>;

const markLine = /(?:^|\n)\[plumbline (\{[^\n]*\})\]$/;

/** The mark in a database's comment; undefined when it has none, or one that is not as we write it. */
export function markOf(comment: string | null): BesideMark | undefined {
  const found = markLine.exec(comment ?? '')?.[1];
  if (found === undefined) return undefined;
  try {
    return markSchema.safeParse(JSON.parse(found)).data;
  } catch {
    return undefined;
  }
}

/** A comment as people wrote it, without our mark; null of none. */
export function withoutMark(comment: string | null): string | null {
  return comment?.replace(markLine, '') || null;
}

export function withMark(comment: string | null, mark: BesideMark): string {
  const own = withoutMark(comment);
  return `${own === null ? '' : `${own}\n`}[plumbline ${JSON.stringify(mark)}]`;
}

/** Longest name of a database in bytes (NAMEDATALEN - 1; PostgreSQL documentation, 4.1.1). */
const longestName = 63;

/** Why a name cannot be one of a new database; undefined when it can. */
export function whyNoName(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (name.includes('\0')) return 'A name cannot hold a zero byte.';
  if (bytes > longestName)
    return `“${name}” has ${bytes} bytes; PostgreSQL would cut it after ${longestName}.`;
  return undefined;
}

/** `202611211640` of an ISO time, in UTC; to the second where that is asked for. */
export function stampOf(at: string, to: 'minute' | 'second' = 'minute'): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) throw new PlumblineError('internal', `${at} is no time.`);
  return new Date(time)
    .toISOString()
    .replace(/\D/g, '')
    .slice(0, to === 'minute' ? 12 : 14);
}
