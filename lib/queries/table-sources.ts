import type { CheckRow } from '@/lib/engine/define-check';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { catalogue } from '@/lib/registry/descriptors';

/** The check whose rows are a part of a list page, by the name of that part. */
export function checkFeeding(part: string): CheckDescriptor | undefined {
  return catalogue.checks.find(({ feeds }) => feeds === part);
}

/** Which check is which part of the pages about tables: `tables.horizon` → its id. */
export function tableChecks(): Record<string, string> {
  return Object.fromEntries(
    catalogue.checks.flatMap(({ feeds, id }) =>
      feeds && /^(tables|indexes)\./.test(feeds) ? [[feeds, id]] : [],
    ),
  );
}

const tableInput = ['database', 'schema', 'table'];

/** The acts that the checks of these parts offer, by what they take. */
export function actsOf(parts: readonly string[]): {
  /** Take a table: database, schema and table. */
  onTable: { job: string; label: string }[];
  /** Take a database alone. */
  onDatabase: { job: string; label: string }[];
} {
  const fixes = parts.flatMap((part) => checkFeeding(part)?.fixedBy ?? []);
  const unique = (wanted: readonly string[]) => [
    ...new Map(
      fixes
        .filter(({ input }) => Object.keys(input).sort().join() === [...wanted].sort().join())
        .map(({ job, label }) => [job, { job, label }]),
    ).values(),
  ];
  return { onTable: unique(tableInput), onDatabase: unique(['database']) };
}

/** Names as one text that no name can forge. */
export function nameKey(...names: readonly string[]): string {
  return JSON.stringify(names);
}

export function textOf(row: CheckRow | undefined, name: string): string | null {
  const value = row?.[name];
  return typeof value === 'string' ? value : null;
}

export function numberOf(row: CheckRow | undefined, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' ? value : null;
}
