import { stringify } from 'yaml';
import type { OwnCheck } from '@/lib/contract/own-checks';

/** Checks as a file that can be imported again: `checks:` and a list, what is left at its default left out. */
export function yamlOf(checks: readonly OwnCheck[]): string {
  return stringify({ checks: checks.map(withoutDefaults) }, { lineWidth: 0, blockQuote: 'literal' });
}

function withoutDefaults(check: OwnCheck) {
  const {
    name,
    title,
    why,
    target,
    runsOn,
    everySeconds,
    timeoutMs,
    clusters,
    databases,
    sql,
    columns,
    judge,
  } = check;
  return {
    name,
    title,
    ...(why && { why }),
    target,
    ...(runsOn !== 'any' && { runsOn }),
    everySeconds,
    ...(timeoutMs !== 5_000 && { timeoutMs }),
    ...(clusters.length > 0 && { clusters }),
    ...(databases.length > 0 && { databases }),
    sql: `${sql.replace(/[ \t]+$/gm, '')}\n`,
    columns: columns.map(({ name: column, role, label, unit, literals }) => ({
      ...{ name: column, role },
      ...(label && { label }),
      ...(unit && { unit }),
      ...(literals && { literals }),
    })),
    ...(judge.length > 0 && {
      judge: judge.map(({ column, worse, warn, crit, forSeconds, sentence }) => ({
        ...{ column, worse },
        ...(warn !== undefined && { warn }),
        ...(crit !== undefined && { crit }),
        ...(forSeconds > 0 && { forSeconds }),
        ...(sentence && { sentence }),
      })),
    }),
  };
}
