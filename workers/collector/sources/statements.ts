import { quoteIdent } from '@/lib/instance/quote';
import type { Store } from '@/lib/store/db';
import { appendReading, lastReading } from '@/lib/store/statement-readings';
import {
  appendStatements,
  KnownStatements,
  loadKnown,
  rememberStatements,
  statementName,
} from '@/lib/store/statements';
import type { Source, SourceAnswer } from '@/workers/collector/sources/source';
import {
  accountedMs,
  activeBetween,
  evictedBetween,
  type StatementReading,
  statementDeltas,
} from '@/workers/collector/sources/statement-deltas';
import { readCounters, readTexts, viewOf } from '@/workers/collector/sources/statement-reading';

/** Texts of one reading at most: with their cut length, of four bytes a letter, they stay below the cap of one answer. */
const textsAtMost = 400;
/** Statements that are not called for months are forgotten: what is known of them is looked up anew each day. */
const knownForMs = 86_400_000;

/**
 * pg_stat_statements (PostgreSQL documentation, F.32). Counters are read without texts each time, since texts make the
 * server read and sort a whole file; the text of a statement is fetched once. Nothing is ever reset.
 */
export function makeStatementsSource(): Source {
  const known = new KnownStatements();
  let knownSince = 0;
  let before: StatementReading | undefined;
  return {
    collect: async (context): Promise<SourceAnswer> => {
      const started = performance.now();
      const schema = context.surroundings.extensions.find(
        ({ name }) => name === 'pg_stat_statements',
      )?.schema;
      if (schema === undefined) throw new Error('the need of this source was not asked for');
      const { columns, mayUse } = await viewOf(context.session, schema);
      const unknown = (reason: string, mend: string): SourceAnswer => ({
        answer: { state: 'unknown', reason, mend, durationMs: performance.now() - started },
      });
      const { user } = context.surroundings;
      if (!mayUse) {
        const mend = `grant usage on schema ${quoteIdent(schema)} to ${quoteIdent(user)};`;
        return unknown(`${user} may not use the schema that pg_stat_statements is in.`, mend);
      }
      if (!columns.has('total_exec_time')) {
        const reason = 'The extension pg_stat_statements is of an old version in this database.';
        return unknown(reason, 'alter extension pg_stat_statements update;');
      }
      const reading = await readCounters(context, schema, columns);
      const answered = { state: 'ok' as const, rows: [], serverEpoch: reading.serverEpoch };
      const commit = () => {
        before = reading;
      };
      const last = before;
      const { instanceId } = context;
      if (!last) {
        return {
          answer: { ...answered, durationMs: performance.now() - started },
          commit,
          rollback: () => known.clear(),
          store: async (db, at) => {
            await loadKnown(db, instanceId, known);
            knownSince = performance.now();
            await storeGap(db, instanceId, at, reading);
          },
        };
      }
      const deltas = statementDeltas(last, reading);
      const unseen = deltas
        .filter((delta) => !known.withText.has(statementName(delta)))
        .slice(0, textsAtMost);
      const texts = await readTexts(
        context,
        schema,
        unseen.map(({ queryid }) => queryid),
      );
      const seconds = reading.serverEpoch - last.serverEpoch;
      return {
        answer: { ...answered, durationMs: performance.now() - started },
        commit,
        rollback: () => known.clear(),
        store: async (db, at) => {
          if (seconds <= 0) return;
          if (performance.now() - knownSince > knownForMs) {
            known.clear();
            await loadKnown(db, instanceId, known);
            knownSince = performance.now();
          }
          const named = deltas.map((delta) => ({ ...delta, text: texts.get(delta.queryid) ?? null }));
          await rememberStatements(db, instanceId, named, known);
          await appendStatements(db, at, seconds, deltas, known);
          await appendReading(db, instanceId, at, {
            seconds,
            entries: reading.rows.length,
            maxEntries: reading.maxEntries,
            moved: deltas.length,
            accountedMs: accountedMs(deltas),
            databaseMs: activeBetween(last, reading),
            activeMs: activeInAll(reading),
            evictions: evictedBetween(last, reading),
            wasReset: last.resetEpoch !== reading.resetEpoch,
            wasAway: false,
          });
        },
      };
    },
  };
}

function activeInAll({ activeMs }: StatementReading): number | null {
  return activeMs.size === 0 ? null : [...activeMs.values()].reduce((sum, ms) => sum + ms, 0);
}

/**
 * The first reading of a collector is what its next one is measured against. What happened since another one read last is
 * not accounted, and the coverage says so.
 */
async function storeGap(db: Store, instanceId: string, at: string, reading: StatementReading): Promise<void> {
  const last = await lastReading(db, instanceId);
  const activeMs = activeInAll(reading);
  const sinceLast = activeMs !== null && last?.activeMs != null ? activeMs - last.activeMs : null;
  await appendReading(db, instanceId, at, {
    seconds: last ? Math.max(0, (Date.parse(at) - Date.parse(last.at)) / 1000) : 0,
    entries: reading.rows.length,
    maxEntries: reading.maxEntries,
    moved: 0,
    accountedMs: 0,
    // Statistics that went back were reset: then it is at least what they show now.
    databaseMs: sinceLast === null ? null : sinceLast >= 0 ? sinceLast : activeMs,
    activeMs,
    evictions: null,
    wasReset: false,
    wasAway: last !== undefined,
  });
}
