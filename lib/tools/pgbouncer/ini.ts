/** Where entries of `[databases]` point to: hosts that all mean the old server, and its port. */
export interface OldPlace {
  hosts: readonly string[];
  port: number;
}

/** The new server on the same machine: entries by TCP keep their host, those by socket get its folder. */
export interface NewPlace {
  port: number;
  socketDirectory: string;
}

export interface Repointed {
  text: string;
  changes: { database: string; before: string; after: string }[];
  /** Files that the text takes in: entries in them are not seen here. */
  includes: string[];
}

const defaultPort = 5432;
const pair = /(\w+)\s*=\s*('(?:[^']|'')*'|\S*)/g;

/**
 * The text of a pgbouncer.ini whose entries of `[databases]` point at the new server in place of the old one; everything
 * else of it, comments too, stays as it is (pgbouncer.org/config.html: sections, `%include`, connection strings).
 */
export function repointed(text: string, from: OldPlace, to: NewPlace): Repointed {
  const changes: Repointed['changes'] = [];
  const includes: string[] = [];
  let section = '';
  const lines = text.split('\n').map((line) => {
    const include = /^\s*%include\s+(.+?)\s*$/.exec(line)?.[1];
    if (include !== undefined) includes.push(include);
    const opened = /^\s*\[([^\]]*)\]/.exec(line)?.[1];
    if (opened !== undefined) section = opened.trim();
    if (section !== 'databases' || /^\s*[;#[%]/.test(line)) return line;
    const entry = /^(\s*("(?:[^"]|"")*"|[^\s="]+)\s*=\s*)(.*)$/.exec(line);
    if (!entry) return line;
    const [, head = '', database = '', connection = ''] = entry;
    const after = `${head}${repointedConnection(connection, from, to)}`;
    if (after !== line) changes.push({ database, before: line.trim(), after: after.trim() });
    return after;
  });
  return { text: lines.join('\n'), changes, includes };
}

function repointedConnection(connection: string, from: OldPlace, to: NewPlace): string {
  const values = new Map<string, string>();
  for (const [, key = '', value = ''] of connection.matchAll(pair)) {
    values.set(key, value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value);
  }
  const host = values.get('host') ?? '';
  if (!from.hosts.includes(host) || Number(values.get('port') ?? defaultPort) !== from.port)
    return connection;
  const wanted = new Map([['port', String(to.port)]]);
  if (host === '' || host.startsWith('/')) wanted.set('host', to.socketDirectory);
  let changed = connection.replace(pair, (whole, key: string) => {
    const value = wanted.get(key);
    if (value === undefined) return whole;
    wanted.delete(key);
    return `${key}=${value}`;
  });
  for (const [key, value] of wanted) changed = `${changed.trimEnd()} ${key}=${value}`.trimStart();
  return changed;
}
