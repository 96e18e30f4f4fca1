import {
  filePlace,
  lsnOf,
  type Moment,
  marksDropped,
  sharedRow,
  type TableFile,
  type WalScanOptions,
} from '@/lib/engine/wal-records';

interface Change {
  deleted: Map<string, number>;
  updated: Map<string, number>;
  created: Set<string>;
  locked: Map<string, string>;
  /** The relation that was locked last: the first file made after that is its new one. */
  lastLocked: string | undefined;
  learned: Map<string, string>;
  /** Where the first row that all databases share was deleted, or marked before that. */
  sharedLsn: string | undefined;
  dropsDatabase: boolean;
}

const recordPattern =
  /^rmgr: (\S+) +len \(rec\/tot\): +\d+\/ *\d+, tx: +(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+), prev \S+ desc: (.*)$/s;
/** Transactions that are followed at once; the oldest is let go, since its commit may lie outside of what is read. */
const openAtMost = 50_000;
const momentsAtMost = 500;

/**
 * Reads lines of pg_waldump one by one and keeps what a commit shows to have happened to tables: the files that it
 * removed (`rels:`), the files that it made in their place, the rows that it deleted (src/backend/access/rmgrdesc/
 * xactdesc.c, heapdesc.c, standbydesc.c, smgrdesc.c). Lines that are something else are passed over; a line is never
 * kept. The text is as hostile as any tool's.
 */
export class WalScan {
  readonly moments: Moment[] = [];
  /** Of the last record that was read. */
  lastLsn: string | undefined;
  firstCommitAt: string | undefined;
  lastCommitAt: string | undefined;
  records = 0;
  /** Moments that were found beyond those that are kept. */
  left = 0;
  private readonly open = new Map<string, Change>();
  private readonly byFile = new Map<string, TableFile>();
  private readonly oids = new Set<string>();
  private readonly tableOf = new Map<string, string>();
  private readonly marked = new Map<string, string>();

  constructor(private readonly options: WalScanOptions) {
    for (const file of options.files) {
      if (file.databaseOid !== options.databaseOid) continue;
      this.byFile.set(file.filenode, file);
      if (options.table !== undefined && file.table !== options.table) continue;
      this.oids.add(file.oid);
      this.tableOf.set(file.oid, file.table);
    }
  }

  take(line: string): void {
    const found = recordPattern.exec(line);
    if (!found) return;
    const [, manager = '', xid = '0', lsn = '0/0', text = ''] = found;
    // Batches overlap, so that no record is lost between two of them.
    if (this.lastLsn !== undefined && lsnOf(lsn) <= lsnOf(this.lastLsn)) return;
    this.lastLsn = lsn;
    this.records += 1;
    if (manager === 'Heap') this.heap(xid, lsn, text);
    else if (manager === 'Storage') this.storage(xid, text);
    else if (manager === 'Standby') this.lock(lsn, text);
    else if (manager === 'Transaction') this.transaction(xid, lsn, text);
    else if (manager === 'Database') this.database(xid, text);
  }

  private change(xid: string): Change {
    const known = this.open.get(xid);
    if (known) return known;
    if (this.open.size >= openAtMost) this.open.delete(this.open.keys().next().value ?? '');
    const made: Change = {
      deleted: new Map(),
      updated: new Map(),
      created: new Set(),
      locked: new Map(),
      lastLocked: undefined,
      learned: new Map(),
      sharedLsn: undefined,
      dropsDatabase: false,
    };
    this.open.set(xid, made);
    return made;
  }

  private heap(xid: string, lsn: string, text: string): void {
    const isDelete = text.startsWith('DELETE');
    const row = sharedRow(text);
    if (row !== undefined) {
      // Vacuum changes rows in place as well: the last time before the row goes counts.
      if (text.startsWith('INPLACE') && marksDropped(this.options.serverVersionNum))
        this.marked.set(row, lsn);
      if (isDelete) this.change(xid).sharedLsn ??= this.marked.get(row) ?? lsn;
      return;
    }
    if (!isDelete && !/^(HOT_)?UPDATE/.test(text)) return;
    const place = /blkref #0: rel \d+\/(\d+)\/(\d+)/.exec(text);
    const filenode = place?.[2];
    if (place?.[1] !== this.options.databaseOid || filenode === undefined) return;
    const file = this.byFile.get(filenode);
    // Catalogues and indexes are not followed: only files that are known to be a wanted table's.
    if (!file || !this.oids.has(file.oid)) return;
    const change = this.change(xid);
    const counts = isDelete ? change.deleted : change.updated;
    counts.set(file.table, (counts.get(file.table) ?? 0) + 1);
  }

  private storage(xid: string, text: string): void {
    const place = filePlace(/^CREATE (\S+)/.exec(text)?.[1] ?? '');
    if (place?.databaseOid !== this.options.databaseOid) return;
    const change = this.change(xid);
    change.created.add(place.filenode);
    if (change.lastLocked !== undefined && this.oids.has(change.lastLocked))
      change.learned.set(place.filenode, change.lastLocked);
    change.lastLocked = undefined;
  }

  private lock(lsn: string, text: string): void {
    for (const [, xid = '', database, oid = ''] of text.matchAll(/xid (\d+) db (\d+) rel (\d+)/g)) {
      if (database !== this.options.databaseOid) continue;
      const change = this.change(xid);
      change.lastLocked = oid;
      if (!change.locked.has(oid)) change.locked.set(oid, lsn);
    }
  }

  private transaction(xid: string, lsn: string, text: string): void {
    const commit = /^COMMIT(?:_PREPARED (\d+):)? (\d{4}-\d\d-\d\d) ([\d:.]+) UTC/.exec(text);
    const abort = /^ABORT(?:_PREPARED (\d+):)? /.exec(text);
    if (!commit && !abort) return;
    const top = (commit ?? abort)?.[1] ?? xid;
    const part = (name: string) =>
      new RegExp(`(?:^|; )${name}: ([^;]*)`).exec(text)?.[1]?.trim().split(/ +/) ?? [];
    const all = [top, ...part('subxacts')];
    const changes = all.flatMap((id) => this.open.get(id) ?? []);
    for (const id of all) this.open.delete(id);
    if (!commit) return;
    const at = `${commit[2]}T${commit[3]}Z`;
    this.firstCommitAt ??= at;
    this.lastCommitAt = at;
    const gone = part('rels').flatMap((path) => {
      const place = filePlace(path);
      return place?.databaseOid === this.options.databaseOid ? [place.filenode] : [];
    });
    const dropped = new Set(
      part('dropped stats').flatMap((one) => {
        const [, database, oid] = one.split('/');
        return database === this.options.databaseOid && oid !== undefined ? [oid] : [];
      }),
    );
    const of = { at, xid: top, commitLsn: lsn };
    if (gone.length > 0) this.filesGone(of, changes, gone, dropped);
    for (const [filenode, oid] of changes.flatMap((change) => [...change.learned])) {
      const table = this.tableOf.get(oid);
      const { databaseOid } = this.options;
      if (table !== undefined) this.byFile.set(filenode, { databaseOid, oid, table, filenode });
    }
    this.rowsGone(of, changes);
    for (const { dropsDatabase, sharedLsn } of changes) {
      if (!dropsDatabase) continue;
      const targetLsn = sharedLsn ?? lsn;
      this.add({ ...of, what: 'drop-database', table: undefined, targetLsn, rows: null, files: 0 });
    }
  }

  private filesGone(
    of: Pick<Moment, 'at' | 'xid' | 'commitLsn'>,
    changes: readonly Change[],
    gone: readonly string[],
    dropped: ReadonlySet<string>,
  ): void {
    const created = new Set(changes.flatMap((change) => [...change.created]));
    const locks = changes.flatMap((change) => [...change.locked]);
    // What rewrites a table makes another relation for a while, and locks it: its oid is its file's number.
    const isRewrite = locks.some(([oid]) => created.has(oid));
    const inPlace = isRewrite ? 'rewrite' : 'truncate';
    const whatOf = (oid: string | undefined): Moment['what'] => {
      if (oid !== undefined && dropped.has(oid)) return 'drop';
      return created.size === 0 ? 'drop' : inPlace;
    };
    const first = (oid?: string) =>
      locks
        .filter(([locked]) => oid === undefined || locked === oid)
        .map(([, lsn]) => lsn)
        .sort((a, b) => (lsnOf(a) < lsnOf(b) ? -1 : 1))[0];
    const known = gone.flatMap((filenode) => this.byFile.get(filenode) ?? []);
    const wanted = known.filter(({ oid }) => this.oids.has(oid));
    for (const { oid, table } of wanted) {
      const targetLsn = first(oid) ?? first() ?? of.commitLsn;
      this.add({ ...of, what: whatOf(oid), table, targetLsn, rows: null, files: gone.length });
    }
    // Emptied and dropped between two looks: its last file was never seen, its oid is.
    for (const oid of dropped) {
      const table = this.tableOf.get(oid);
      if (table === undefined || wanted.some((file) => file.oid === oid)) continue;
      const targetLsn = first(oid) ?? first() ?? of.commitLsn;
      this.add({ ...of, what: 'drop', table, targetLsn, rows: null, files: gone.length });
      return;
    }
    // Of a table that was never seen only the files are known: somebody has to look at the time.
    if (wanted.length > 0 || known.length > 0 || this.isKnown()) return;
    const oid = [...dropped][0];
    this.add({
      ...of,
      what: whatOf(oid),
      table: undefined,
      targetLsn: first() ?? of.commitLsn,
      rows: null,
      files: gone.length,
    });
  }

  /** Whether all that is asked for has files that are known: what belongs to others is then left out. */
  private isKnown(): boolean {
    return this.options.table !== undefined && this.oids.size > 0;
  }

  private rowsGone(of: Pick<Moment, 'at' | 'xid' | 'commitLsn'>, changes: readonly Change[]): void {
    for (const [what, of_] of [
      ['delete', 'deleted'],
      ['update', 'updated'],
    ] as const) {
      const sums = new Map<string, number>();
      for (const change of changes) {
        for (const [table, rows] of change[of_]) sums.set(table, (sums.get(table) ?? 0) + rows);
      }
      for (const [table, rows] of sums) {
        if (rows < this.options.minRows) continue;
        this.add({ ...of, what, table, targetLsn: of.commitLsn, rows, files: 0 });
      }
    }
  }

  private database(xid: string, text: string): void {
    const oids = [...text.matchAll(/\d+\/(\d+)/g)].map((found) => found[1]);
    if (text.startsWith('DROP') && oids.includes(this.options.databaseOid))
      this.change(xid).dropsDatabase = true;
  }

  private add(moment: Moment): void {
    if (this.moments.length < momentsAtMost) this.moments.push(moment);
    else this.left += 1;
  }
}
