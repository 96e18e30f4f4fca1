import { PlumblineError } from '@/lib/base/errors';

/** Names from a watched server are hostile: NUL cannot be in one and would end the statement early. */
function refuseNul(text: string): string {
  if (text.includes('\0')) {
    throw new PlumblineError(
      'bad-input',
      'A name or value holds a zero byte, which PostgreSQL cannot store.',
    );
  }
  return text;
}

/** An identifier, always quoted (PostgreSQL documentation, 4.1.1): never guesses whether quotes are needed. */
export function quoteIdent(name: string): string {
  if (name === '') throw new PlumblineError('bad-input', 'An empty name is no identifier in PostgreSQL.');
  return `"${refuseNul(name).replaceAll('"', '""')}"`;
}

/**
 * A string literal that means the same with standard_conforming_strings on or off (4.1.2.2). Bind values instead
 * wherever the statement takes parameters; this is for the utility statements that do not.
 */
export function quoteLiteral(value: string): string {
  const quoted = `'${refuseNul(value).replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

/** `"schema"."name"`. */
export function qualified(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}
