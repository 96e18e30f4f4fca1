import type { PlanDocument } from '@/lib/contract/plans';

/** Folders that a plan leaves open, and the variable that stands for each in the script. */
const folders = { '{runDir}': 'RUN_DIR', '{copyDir}': 'COPY_DIR' } as const;

/** A word as sh reads it back; folders that the plan leaves open stay variables. */
function word(text: string): string {
  if (text === '') return "''";
  return text
    .split(/(\{runDir\}|\{copyDir\})/)
    .map((part) => {
      if (part in folders) return `"$${folders[part as keyof typeof folders]}"`;
      return part === '' ? '' : `'${part.replaceAll("'", "'\\''")}'`;
    })
    .join('');
}

/** Names in a comment may hold anything: a line end would make a command of the rest. */
function comment(text: string): string {
  return `# ${text.replaceAll(/\p{Cc}+/gu, ' ')}`;
}

/** An end of a here-document that the text does not hold. */
function endFor(text: string): string {
  const lines = new Set(text.split('\n'));
  for (let n = 1; ; n += 1) if (!lines.has(`SQL_${n}`)) return `SQL_${n}`;
}

/**
 * The acts of a plan as one shell script, for a person who has to do it without the console: it stops at the first
 * error, asks psql where to connect by libpq's variables (manual: 34.15), and holds no secret, as the plan holds none.
 */
export function planScript({ summary, acts }: Pick<PlanDocument, 'summary' | 'acts'>): string {
  const lines = [
    '#!/bin/sh',
    comment(summary),
    '# PGHOST, PGPORT, PGUSER and PGDATABASE say where statements go. What the console checks before and',
    '# after each step is not in here: read it line by line before you run it.',
    'set -eu',
    ...Object.entries(folders)
      .filter(([open]) => acts.some(({ argv }) => argv?.some((each) => each.includes(open))))
      .flatMap(([, name]) => [`${name}=$(mktemp -d)`, `echo "${name} is $${name}"`]),
  ];
  for (const { step, sql, argv, as } of acts) {
    lines.push('', comment(as ? `${step}, as ${as}` : step));
    if (sql !== undefined) {
      const end = endFor(sql);
      lines.push(
        `psql --no-psqlrc --set=ON_ERROR_STOP=1 <<'${end}'`,
        `${sql.trimEnd().replace(/;?$/, ';')}`,
        end,
      );
    } else if (argv) {
      lines.push(argv.map(word).join(' '));
    }
  }
  return `${lines.join('\n')}\n`;
}
