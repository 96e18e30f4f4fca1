/** A file that a table had: WAL knows tables by it alone. */
export interface TableFile {
  databaseOid: string;
  oid: string;
  /** `schema.name`, as people write it. */
  table: string;
  filenode: string;
}

/** What a transaction did that somebody may want to undo. */
export interface Moment {
  what: 'drop' | 'truncate' | 'rewrite' | 'delete' | 'update' | 'drop-database';
  /** Undefined when no file of it was ever seen. */
  table: string | undefined;
  /** When it was committed; ISO 8601, microseconds. */
  at: string;
  xid: string;
  /** Of the commit. */
  commitLsn: string;
  /**
   * Recovery that ends just before this LSN has the table as it was, and free: a lock that replay has taken would stand
   * in the way of whoever reads a paused copy.
   */
  targetLsn: string;
  /** Rows deleted or updated. */
  rows: number | null;
  /** Files that went, of a drop whose table is not known. */
  files: number;
}

export interface WalScanOptions {
  databaseOid: string;
  files: readonly TableFile[];
  /** Only what happened to this table; all of the database when undefined. */
  table?: string;
  /** Rows of one transaction in one table from which a delete or an update counts. */
  minRows: number;
  /** Of the server whose WAL it is: `server_version_num`. */
  serverVersionNum: number;
}

/** An LSN as a number that can be compared. */
export function lsnOf(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** `base/5/16384`, `pg_tblspc/16390/PG_15_202209061/5/16388`; undefined for files that all databases share. */
export function filePlace(path: string): { databaseOid: string; filenode: string } | undefined {
  const found = /^(?:base|pg_tblspc\/\d+\/\w+)\/(\d+)\/(\d+)/.exec(path);
  return found?.[1] && found[2] ? { databaseOid: found[1], filenode: found[2] } : undefined;
}

/** The row of a catalogue that all databases share which a heap record is about: `1262/0/4`. */
export function sharedRow(text: string): string | undefined {
  const [, off] = /\boff:? (\d+)/.exec(text) ?? [];
  const [, filenode, block] = /blkref #0: rel 1664\/0\/(\d+) (?:fork \w+ )?blk (\d+)/.exec(text) ?? [];
  return off && filenode ? `${filenode}/${block}/${off}` : undefined;
}

/**
 * Whether DROP DATABASE first marks the row of its database as invalid, in place and for good, before it removes
 * anything: from there on nobody can connect to it (release notes of 16, 15.4 and 14.9).
 */
export function marksDropped(serverVersionNum: number): boolean {
  const least: Record<number, number> = { 14: 140_009, 15: 150_004 };
  return serverVersionNum >= (least[Math.floor(serverVersionNum / 10_000)] ?? 160_000);
}
