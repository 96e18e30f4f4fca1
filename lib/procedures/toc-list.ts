/** An entry of a dump's table of contents as `pg_restore --list` prints it. */
export interface TocEntry {
  dumpId: number;
  catalogOid: number;
  oid: number;
  /** `TABLE DATA`, `INDEX`, `USER MAPPING` … and what follows: names, in which line ends have become blanks. */
  text: string;
  line: string;
}

/**
 * Reads the output of `pg_restore --list`: `3434; 0 16401 TABLE DATA public t owner`. Names are only for people;
 * what tells tables apart is the oid. Comment lines start with `;`.
 * @throws Error on a line of another shape: a list that is half understood must not decide what is in a backup.
 */
export function parseTocList(output: string): TocEntry[] {
  const entries: TocEntry[] = [];
  for (const line of output.split('\n')) {
    if (line === '' || line.startsWith(';')) continue;
    const match = /^(\d+); (\d+) (\d+) (.+)$/.exec(line);
    if (!match) throw new Error(`not an entry of a dump's contents: ${line.slice(0, 200)}`);
    const [, dumpId, catalogOid, oid, text] = match;
    entries.push({
      dumpId: Number(dumpId),
      catalogOid: Number(catalogOid),
      oid: Number(oid),
      text: text ?? '',
      line,
    });
  }
  return entries;
}

/** Entries that hold rows: each has a data file of its own in a directory dump. */
export function tableDataEntries(entries: TocEntry[]): TocEntry[] {
  return entries.filter((entry) => entry.text.startsWith('TABLE DATA '));
}

/**
 * The list for `pg_restore --use-list`, with a partition's attaching to its table behind what it has of its own, and
 * that of its indexes last. pg_restore attaches it as soon as it is made; where the table is there and has a primary
 * key, the partition gets one with that, and its own of the dump is then a second one.
 */
export function attachLast(output: string, schema: string, table: string): string {
  const flat = (name: string) => name.replace(/[\r\n]/g, ' ');
  const attach = `TABLE ATTACH ${flat(schema)} ${flat(table)} `;
  const rank = ({ text }: TocEntry) =>
    text.startsWith(attach) ? 1 : text.startsWith('INDEX ATTACH ') ? 2 : 0;
  return parseTocList(output)
    .sort((a, b) => rank(a) - rank(b))
    .map(({ line }) => `${line}\n`)
    .join('');
}
