import { z } from 'zod';
import { type AdviceReport, indexAdviceSchema } from '@/lib/contract/indexes';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { shownText } from '@/lib/queries/statements';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { type NewestEvidence, newestPerDatabase, textsOfQueries } from '@/lib/store/index-reads';

/** What evidence is called that holds advised indexes; the kind that makes it is found by it. */
export const adviceEvidence = 'index-advice';

export function adviceKind(): { job: string; label: string } | null {
  const kind = catalogue.jobs.find(({ shows }) => shows === adviceEvidence);
  return kind ? { job: kind.id, label: kind.title } : null;
}

const statement = z.object({
  queryid: z.string(),
  calls: z.number(),
  costBefore: z.number().nullable(),
  costAfter: z.number().nullable(),
});
/** Facts as the kind stores them: texts of statements are not among them. */
const factsSchema = z.object({
  statements: z.number(),
  relevant: z.number(),
  planned: z.number(),
  candidates: z.number(),
  refused: z.array(z.object({ queryid: z.string(), reason: z.string(), mend: z.string().nullable() })),
  unproven: z.object({ reason: z.string(), mend: z.string() }).nullable(),
  advice: z.array(
    indexAdviceSchema.omit({ isThere: true, statements: true }).extend({ statements: z.array(statement) }),
  ),
});
type Facts = z.infer<typeof factsSchema>;

/** `create index "x" on …` and `create index on …` of the same index read the same. */
function bodyOf(definition: string): string {
  return definition
    .replace(/^create\s+(unique\s+)?index\b.*?\son\s+/i, '')
    .replace(/\s+using\s+btree\b/i, '')
    .replaceAll('"', '')
    .replace(/[\s()]+/g, ' ')
    .toLowerCase()
    .trim();
}

/**
 * The newest advice of each database of a cluster, with the texts of its statements for who may read them.
 * `definitions` are the indexes that exist, by database.
 */
export async function adviceReports(
  db: Store,
  role: RoleName,
  clusterId: string,
  definitions: ReadonlyMap<string, readonly string[]>,
): Promise<AdviceReport[]> {
  const evidence = await newestPerDatabase(db, clusterId, adviceEvidence);
  const read = evidence.flatMap((row) => {
    const parsed = factsSchema.safeParse(row.facts);
    return parsed.success ? [{ row, facts: parsed.data }] : [];
  });
  const queryids = read.flatMap(({ facts }) => [
    ...facts.refused.map(({ queryid }) => queryid),
    ...facts.advice.flatMap(({ statements }) => statements.map(({ queryid }) => queryid)),
  ]);
  const texts = await textsOfQueries(db, clusterId, [...new Set(queryids)]);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  const textOf = (queryid: string) => shownText(texts.get(queryid) ?? null, mayReadLiterals);
  return read.map(({ row, facts }) => report(row, facts, textOf, definitions.get(row.database) ?? []));
}

function report(
  row: NewestEvidence,
  facts: Facts,
  textOf: (queryid: string) => { text: string | null; textHidden: boolean },
  definitions: readonly string[],
): AdviceReport {
  const there = new Set(definitions.map(bodyOf));
  return {
    database: row.database,
    evidenceId: row.id,
    runId: row.runId,
    observedAt: row.observedAt,
    statements: facts.statements,
    relevant: facts.relevant,
    planned: facts.planned,
    candidates: facts.candidates,
    unproven: facts.unproven,
    refused: facts.refused.map((each) => ({ ...each, ...textOf(each.queryid) })),
    items: facts.advice.map((each) => ({
      ...each,
      isThere: there.has(bodyOf(each.definition)),
      statements: each.statements.map((one) => ({ ...one, ...textOf(one.queryid) })),
    })),
  };
}
