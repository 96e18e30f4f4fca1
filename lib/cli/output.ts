/** Text from servers may hold escape sequences that would drive the terminal; each becomes visible instead. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return '↵';
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Several lines of our own making, each printable. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line.replaceAll('\t', '  ')))
    .join('\n');
}

type Cell = string | number | boolean | null | undefined;

/** Columns as wide as their widest cell, two spaces apart; `–` for what is not known. */
export function table(headers: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) =>
    row.map((cell) => (cell === null || cell === undefined || cell === '' ? '–' : printable(String(cell)))),
  );
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...texts.map((row) => [...(row[column] ?? '')].length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length)))
      .join('  ')
      .trimEnd();
  return [line(headers.map((header) => header.toUpperCase())), ...texts.map(line)].join('\n');
}

/** `12 s ago`, in one unit. */
export function age(at: string | null | undefined, now = Date.now()): string {
  if (!at) return 'never';
  const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1000));
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ago`;
  return `${seconds} s ago`;
}
