import {
  compareExtensions,
  compareSchema,
  type RelationDefinition,
  type SchemaRelation,
} from '@/lib/engine/schema-changes';
import { readIdentity } from '@/lib/instance/facts';
import { type TransactionSession, withTransaction } from '@/lib/instance/transaction';
import { appendChanges } from '@/lib/store/changes';
import type { Store } from '@/lib/store/db';
import { putRelationFiles } from '@/lib/store/relation-files';
import { lockSchema, putSchema, storedRelations, touchSchema } from '@/lib/store/schema-snapshots';
import { clusterIdOf } from '@/lib/store/server-snapshots';
import { relationsSql, schemaPrintSql } from '@/workers/collector/sources/schema-sql';
import type { Source, SourceContext } from '@/workers/collector/sources/source';

/** More than this are not read each time something changes: the history of such a schema is not known. */
const relationsAtMost = 20_000;
/** When nothing changes, the moment of the last look is stored this often. */
const touchEveryMs = 300_000;

interface Seen {
  databaseOid: string;
  timeline: number;
  relations: SchemaRelation[];
  extensions: Record<string, string>;
}

interface Known {
  print: string;
  /** Of the last look, ISO 8601. */
  lookedAt: string;
  storedAt: number;
}

/**
 * The schema of the database that the session is in, compared with what is stored of it. Each look costs one scan of
 * the catalog for a print of it; only when that has moved are the relations read.
 */
export function makeSchemaSource(): Source {
  const knownOf = new Map<string, Known>();
  return {
    collect: async (context) => {
      const { session, timeoutMs } = context;
      const started = performance.now();
      const known = knownOf.get(session.database);
      const { timeline } = await readIdentity(session, timeoutMs);
      const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
      const look = await withTransaction(session, limits, (inner) => lookAt(inner, timeline, known?.print));
      const tookMs = () => performance.now() - started;
      if (look.relations > relationsAtMost) {
        const reason = `The database has ${look.relations} relations; changes are kept of ${relationsAtMost} at most.`;
        return { answer: { state: 'unknown', reason, mend: null, durationMs: tookMs() } };
      }
      let lookedAt = '';
      return {
        answer: {
          state: 'ok',
          rows: [{ relations: look.relations }],
          serverEpoch: look.serverEpoch,
          durationMs: tookMs(),
        },
        commit: () => {
          const isStored = look.seen !== undefined || !known || isDue(known);
          const storedAt = isStored ? performance.now() : known.storedAt;
          knownOf.set(session.database, { print: look.print, lookedAt, storedAt });
        },
        store: async (db, at) => {
          lookedAt = at;
          if (look.seen) await store(db, context, look.seen, at, known?.lookedAt);
          else if (known && isDue(known)) {
            const clusterId = await clusterIdOf(db, context.instanceId);
            await touchSchema(db, { clusterId, database: session.database }, at);
          }
        },
      };
    },
  };
}

function isDue(known: Known): boolean {
  return performance.now() - known.storedAt >= touchEveryMs;
}

async function lookAt(
  session: TransactionSession,
  timeline: number,
  knownPrint: string | undefined,
): Promise<{ print: string; relations: number; serverEpoch: number; seen: Seen | undefined }> {
  const { serverEpoch } = session;
  const [row] = await session.query(schemaPrintSql);
  const relations = Number(row?.relations);
  const print = `${timeline} ${String(row?.database_oid)} ${String(row?.print)}`;
  if (print === knownPrint || relations > relationsAtMost)
    return { print, relations, serverEpoch, seen: undefined };
  const rows = await session.query(relationsSql);
  const seen: Seen = {
    databaseOid: String(row?.database_oid),
    timeline,
    extensions: JSON.parse(String(row?.extensions)) as Record<string, string>,
    relations: rows.map((each) => ({
      oid: String(each.oid),
      schema: String(each.schema),
      name: String(each.name),
      kind: String(each.kind),
      hash: String(each.hash),
      definition: JSON.parse(String(each.definition)) as RelationDefinition,
      file: { filenode: String(each.filenode), tablespaceOid: String(each.tablespace_oid) },
    })),
  };
  return { print, relations, serverEpoch, seen };
}

async function store(
  db: Store,
  { session, instanceId }: SourceContext,
  seen: Seen,
  at: string,
  lookedAt: string | undefined,
): Promise<void> {
  const { database } = session;
  const clusterId = await clusterIdOf(db, instanceId);
  const place = { clusterId, database };
  const stored = await lockSchema(db, place);
  // An old primary that came back as one must not tell of a schema that the cluster has left behind.
  if (stored && stored.timeline > seen.timeline) return;
  const { databaseOid, timeline, extensions, relations } = seen;
  const before = stored ? await storedRelations(db, place) : [];
  const { changes, changed, goneOids } = compareSchema(database, before, relations);
  await putSchema(db, place, { databaseOid, timeline, extensions, observedAt: at }, changed, goneOids);
  await putRelationFiles(db, { ...place, databaseOid }, relations, at);
  // The first look is what later ones are compared with; another database of this name is told of elsewhere.
  if (!stored || stored.databaseOid !== databaseOid) return;
  await appendChanges(db, { clusterId, instanceId: null }, at, lookedAt ?? stored.observedAt, [
    ...compareExtensions(database, stored.extensions, extensions),
    ...changes,
  ]);
}
