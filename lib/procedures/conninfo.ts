/** What libpq may be told (PostgreSQL documentation, 34.1.2); a password is never among it. */
export interface ConninfoParts {
  host: string;
  port: number;
  user: string;
  dbname: string;
  passfile?: string;
  sslmode?: 'verify-full' | 'verify-ca' | 'require' | 'disable';
  sslrootcert?: string;
  sslcert?: string;
  sslkey?: string;
  application_name?: string;
  connect_timeout?: number;
}

/**
 * A connection string in keyword/value form, every value quoted. A database called `host=elsewhere` stays the name
 * of a database: libpq reads a bare name with `=` in it as a whole connection string.
 */
export function conninfo(parts: ConninfoParts): string {
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}='${String(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`)
    .join(' ');
}

/** How a plan shows the connection that the worker adds to a tool's arguments. */
export function shownConninfo(target: { host: string; port: number }, dbname: string, login: string): string {
  const { host, port } = target;
  return `--dbname=${conninfo({ host, port, user: `{${login} login}`, dbname, passfile: '{runDir}/passfile' })}`;
}

/** One line of a passfile (34.16): `:` and `\` in its fields are escaped. */
export function passfileLine(parts: { host: string; port: number; user: string; password: string }): string {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
  return `${escaped(parts.host)}:${parts.port}:*:${escaped(parts.user)}:${escaped(parts.password)}\n`;
}
