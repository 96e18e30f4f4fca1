import { PlumblineError } from '@/lib/base/errors';
import type { CheckSource } from '@/lib/contract/check-source';
import type { Need } from '@/lib/engine/define-check';
import type { CheckDescriptor, SourceAsk } from '@/lib/engine/descriptors';
import { knownCheck } from '@/lib/queries/known-checks';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';

/** Removes the indentation that the SQL has as part of a definition's file. */
function withoutIndent(text: string): string {
  const lines = text
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}

function needOf(need: Need): { what: string; mend: string } {
  const { mend } = need;
  if ('extension' in need) return { what: `the extension ${need.extension}`, mend };
  if ('role' in need) return { what: `membership of ${need.role}`, mend };
  return { what: `${need.setting} = ${need.value}`, mend };
}

function asksOf({ preferred, rowsFrom }: CheckDescriptor): SourceAsk[] {
  const asks = [...(rowsFrom === undefined ? [] : (catalogue.asks[rowsFrom] ?? []))];
  if (preferred) {
    const { function: name, sql } = preferred;
    const note = `Only in databases that have ${name} and where the login may call it: it can see more.`;
    asks.push({ title: 'Asked instead', fromVersion: null, sql, note });
  }
  return asks.map((ask) => ({ ...ask, sql: ask.sql === null ? null : withoutIndent(ask.sql) }));
}

/** What a check asks, also of one of people's own. @throws PlumblineError `not-found`. */
export async function checkSource(db: Store, id: string): Promise<CheckSource> {
  const check = await knownCheck(db, id);
  if (!check) throw new PlumblineError('not-found', 'There is no such check.');
  const sql = Object.entries(check.sql ?? {})
    .map(([version, entry]) => ({
      fromVersion: Number(version),
      sql: typeof entry === 'string' ? withoutIndent(entry) : null,
      unsupported: typeof entry === 'string' ? null : entry.unsupported,
    }))
    .sort((left, right) => right.fromVersion - left.fromVersion);
  return { id, needs: (check.needs ?? []).map(needOf), sql, asks: asksOf(check) };
}
