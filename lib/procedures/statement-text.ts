import { type ScanToken, scan } from 'libpg-query';

/** A statement as it can be sent to a server. */
export interface PreparedText {
  text: string;
  /** Parts of it were written differently: see `plannableText`. */
  isRewritten: boolean;
  /** `$1` to this number. */
  parameters: number;
  /** It ends in a semicolon at most: nothing that any server could take for a second statement. */
  isOne: boolean;
}

interface Edit {
  /** Byte offsets, as the scanner gives them. */
  start: number;
  end: number;
  text: string;
}

/** Keywords that are names of types too: before a parameter they make a literal of that type. */
const typeKeywords = new Set(
  'bigint bit boolean char character dec decimal float int integer interval json name nchar numeric real smallint text time timestamp varchar xml'.split(
    ' ',
  ),
);
const intervalFields = new Set(['year', 'month', 'day', 'hour', 'minute', 'second', 'to']);

/**
 * The text of pg_stat_statements as SQL again. It puts `$n` for each constant, also where the grammar takes nothing but
 * a literal (PostgreSQL documentation, F.32.4): `interval $1 day` and `extract($1 from x)` are syntax errors. Such parts
 * become `cast($1 as interval day)` and `pg_catalog.extract($1, x)`, which mean the same.
 *
 * @throws Error of the scanner when a string or comment does not end.
 */
export async function plannableText(original: string): Promise<PreparedText> {
  const tokens = (await scan(original)).tokens.filter(
    ({ tokenName }) => tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT',
  );
  const ends = tokens.findIndex(({ text }) => text === ';');
  const isOne = ends < 0 || tokens.slice(ends).every(({ text }) => text === ';');
  const edits: Edit[] = [];
  let parameters = 0;
  tokens.forEach((token, at) => {
    if (token.tokenName !== 'PARAM') return;
    parameters = Math.max(parameters, Number(token.text.slice(1)));
    const edit = extracted(tokens, at) ?? typedLiteral(original, tokens, at);
    if (edit) edits.push(edit);
  });
  return { text: edited(original, edits), isRewritten: edits.length > 0, parameters, isOne };
}

const wordOf = (token: ScanToken | undefined) => token?.text.toLowerCase() ?? '';

/** `extract ( $1 from` */
function extracted(tokens: readonly ScanToken[], at: number): Edit | undefined {
  const [name, open, param, from] = tokens.slice(Math.max(0, at - 2), at + 2);
  if (at < 2 || !name || !param || !from) return undefined;
  if (wordOf(name) !== 'extract' || open?.text !== '(' || wordOf(from) !== 'from') return undefined;
  const isQualified = tokens[at - 3]?.text === '.';
  return {
    start: name.start,
    end: from.end,
    text: `${isQualified ? '' : 'pg_catalog.'}extract(${param.text},`,
  };
}

/** `interval(3) $1 day to second`, `timestamp with time zone $1`, `date $1`, `app."kind" $1`. */
function typedLiteral(original: string, tokens: readonly ScanToken[], at: number): Edit | undefined {
  const first = startOfType(tokens, at - 1);
  const param = tokens[at];
  if (first === undefined || !param) return undefined;
  let last = at;
  const isInterval = wordOf(tokens[first]) === 'interval';
  if (isInterval) last = endOfFields(tokens, at);
  const bytes = Buffer.from(original);
  const slice = (from: number, to: number) => bytes.subarray(from, to).toString('utf8').trim();
  const type = slice(tokens[first]?.start ?? 0, param.start);
  const fields = last > at ? ` ${slice(param.end, tokens[last]?.end ?? param.end)}` : '';
  return {
    start: tokens[first]?.start ?? 0,
    end: tokens[last]?.end ?? param.end,
    text: `cast(${param.text} as ${type}${fields})`,
  };
}

/** Where the name of a type begins that ends at this token; undefined when it is no name of a type. */
function startOfType(tokens: readonly ScanToken[], end: number): number | undefined {
  const word = wordOf(tokens[end]);
  if (word === ')') {
    // A precision: `interval ( 3 )`.
    const isPrecision = tokens[end - 1]?.tokenName === 'ICONST' && tokens[end - 2]?.text === '(';
    const name = wordOf(tokens[end - 3]);
    return isPrecision && ['interval', 'time', 'timestamp'].includes(name) ? end - 3 : undefined;
  }
  if (word === 'zone' && wordOf(tokens[end - 1]) === 'time') {
    const before = wordOf(tokens[end - 2]);
    if (before !== 'with' && before !== 'without') return undefined;
    return startOfType(tokens, end - 3);
  }
  if (word === 'precision' && wordOf(tokens[end - 1]) === 'double') return end - 1;
  if (typeKeywords.has(word)) return tokens[end - 1]?.text === '.' ? end - 2 : end;
  // No expression goes on with a parameter after a name: it can only be the name of a type.
  if (tokens[end]?.tokenName !== 'IDENT') return undefined;
  return tokens[end - 1]?.text === '.' && tokens[end - 2] ? end - 2 : end;
}

function endOfFields(tokens: readonly ScanToken[], param: number): number {
  let last = param;
  while (intervalFields.has(wordOf(tokens[last + 1]))) last += 1;
  const hasPrecision = tokens[last + 1]?.text === '(' && tokens[last + 3]?.text === ')';
  return last > param && wordOf(tokens[last]) === 'second' && hasPrecision ? last + 3 : last;
}

function edited(original: string, edits: readonly Edit[]): string {
  const bytes = Buffer.from(original);
  const parts: Buffer[] = [];
  let at = 0;
  for (const edit of [...edits].sort((left, right) => left.start - right.start)) {
    if (edit.start < at) continue;
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.text));
    at = edit.end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]).toString('utf8');
}
