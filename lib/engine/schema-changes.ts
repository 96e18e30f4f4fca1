import type { NewChange } from '@/lib/engine/changes';
import type { JsonObject } from '@/lib/engine/define-job';

/** How one relation is made, as short as it can be told. Long texts come as their hash. */
export interface RelationDefinition {
  /** Name, type, not null, hash of the default. */
  columns: [name: string, type: string, notNull: boolean, fallback: string | null][];
  /** `name:kind`, in order. */
  constraints: string[];
  options: string[];
  /** An index's table or a partition's parent, `schema.name`. */
  of: string | null;
  /** Hash of what else makes it: an index's keys and predicate, a view's query. */
  body: string | null;
  persistence: string;
}

/** One row of the reading of a database's relations; also as it is stored. */
export interface SchemaRelation {
  oid: string;
  schema: string;
  name: string;
  /** pg_class.relkind. */
  kind: string;
  /** Of the definition. */
  hash: string;
  definition: RelationDefinition;
  /** Of a reading: the file that holds it now (pg_class.relfilenode); no part of how it is made. */
  file?: { filenode: string; tablespaceOid: string };
}

const words: Record<string, string> = {
  r: 'Table',
  p: 'Partitioned table',
  v: 'View',
  m: 'Materialized view',
  i: 'Index',
  I: 'Partitioned index',
  S: 'Sequence',
  f: 'Foreign table',
};

const full = ({ schema, name }: SchemaRelation) => `${schema}.${name}`;
const isIndex = ({ kind }: SchemaRelation) => kind === 'i' || kind === 'I';
const called = (relation: SchemaRelation) => `${words[relation.kind] ?? 'Relation'} ${full(relation)}`;

/** Changes of one look at most; the rest is counted. */
const changesAtMost = 100;

/**
 * What has changed between two readings of a database's relations. They are paired by name first, so that an index
 * that REINDEX CONCURRENTLY has made anew is the same; then by oid, which finds what was renamed.
 *
 * @returns the changes, and the rows to store and to remove.
 */
export function compareSchema(
  database: string,
  before: readonly SchemaRelation[],
  after: readonly SchemaRelation[],
): { changes: NewChange[]; changed: SchemaRelation[]; goneOids: string[] } {
  const byName = new Map(before.map((relation) => [`${relation.schema}\0${relation.name}`, relation]));
  const byOid = new Map(before.map((relation) => [relation.oid, relation]));
  const named = new Set(after.map(({ schema, name }) => `${schema}\0${name}`));
  const pairs: [SchemaRelation, SchemaRelation][] = [];
  const created: SchemaRelation[] = [];
  const met = new Set<string>();
  for (const now of after) {
    const namesake = byName.get(`${now.schema}\0${now.name}`);
    const same = byOid.get(now.oid);
    // An old one whose name is taken now has its own pair.
    const renamed = same && !named.has(`${same.schema}\0${same.name}`) ? same : undefined;
    const old = namesake ?? renamed;
    if (!old) created.push(now);
    else {
      pairs.push([old, now]);
      met.add(old.oid);
    }
  }
  const dropped = before.filter(({ oid }) => !met.has(oid));
  const all = [
    ...appeared(database, created, 'created'),
    ...appeared(database, dropped, 'dropped'),
    ...alteredOf(database, pairs),
  ];
  const afterOids = new Set(after.map(({ oid }) => oid));
  return {
    changes: capped(database, all),
    changed: after.filter((now) => {
      const old = byOid.get(now.oid);
      return old?.hash !== now.hash || full(old) !== full(now);
    }),
    goneOids: before.filter(({ oid }) => !afterOids.has(oid)).map(({ oid }) => oid),
  };
}

function change(database: string, object: string, sentence: string, details: JsonObject = {}): NewChange {
  return { kind: 'schema', database, object, sentence, details };
}

/** Indexes go with their table, partitions of one parent in one sentence: a deploy is to be read, not counted. */
function appeared(
  database: string,
  relations: readonly SchemaRelation[],
  verb: 'created' | 'dropped',
): NewChange[] {
  const tables = new Set(relations.filter((relation) => !isIndex(relation)).map(full));
  const own = new Map<string, number>();
  const partitions = new Map<string, SchemaRelation[]>();
  const single: SchemaRelation[] = [];
  for (const relation of relations) {
    const { of } = relation.definition;
    if (of !== null && isIndex(relation) && tables.has(of)) own.set(of, (own.get(of) ?? 0) + 1);
    else if (of !== null && !isIndex(relation)) partitions.set(of, [...(partitions.get(of) ?? []), relation]);
    else single.push(relation);
  }
  const alone = [...partitions.values()].filter((group) => group.length === 1).flat();
  const changes = [...single, ...alone].map((relation) => {
    const { of, columns } = relation.definition;
    const indexes = own.get(full(relation)) ?? 0;
    const names = columns.map(([name]) => name).join(', ');
    const where = of === null ? '' : isIndex(relation) ? ` on ${of} (${names})` : `, a partition of ${of},`;
    const sentence = `${called(relation)}${where} was ${verb}.`;
    return change(database, full(relation), sentence, {
      ...(!isIndex(relation) &&
        columns.length > 0 && { columns: columns.map(([name, type]) => `${name} ${type}`) }),
      ...(indexes > 0 && { indexes }),
      // Only what holds rows of its own can be brought back.
      ...(verb === 'dropped' &&
        relation.kind === 'r' && { lost: { schema: relation.schema, table: relation.name } }),
    });
  });
  for (const [parent, group] of partitions) {
    if (group.length < 2) continue;
    const names = group.map(full).sort();
    const sentence = `${group.length} partitions of ${parent} were ${verb}: ${names[0]} to ${names.at(-1)}.`;
    changes.push(change(database, parent, sentence, { relations: names.slice(0, changesAtMost) }));
  }
  return changes;
}

/** An index that its own table has dragged along (a column's type) is not told of by itself. */
function alteredOf(
  database: string,
  pairs: readonly (readonly [SchemaRelation, SchemaRelation])[],
): NewChange[] {
  const tables = new Set(
    pairs.filter(([old, now]) => !isIndex(now) && old.hash !== now.hash).map(([, now]) => full(now)),
  );
  return pairs
    .filter(([old, now]) => !isIndex(now) || full(old) !== full(now) || !tables.has(now.definition.of ?? ''))
    .flatMap(([old, now]) => altered(database, old, now));
}

function altered(database: string, old: SchemaRelation, now: SchemaRelation): NewChange[] {
  const parts: string[] = [];
  if (full(old) !== full(now)) parts.push(`renamed from ${full(old)}`);
  if (old.hash !== now.hash) parts.push(...differences(old.definition, now.definition));
  if (parts.length === 0) return [];
  const object = full(now);
  return [change(database, object, `${called(now)} was altered: ${parts.join('; ')}.`, { altered: parts })];
}

function differences(old: RelationDefinition, now: RelationDefinition): string[] {
  const parts = columnDifferences(old.columns, now.columns);
  const added = now.constraints.filter((each) => !old.constraints.includes(each));
  const gone = old.constraints.filter((each) => !now.constraints.includes(each));
  if (added.length > 0) parts.push(`constraint ${added.map(constraintName).join(', ')} added`);
  if (gone.length > 0) parts.push(`constraint ${gone.map(constraintName).join(', ')} dropped`);
  if (old.options.join() !== now.options.join()) {
    parts.push(`options ${now.options.join(', ') || 'none'} (before: ${old.options.join(', ') || 'none'})`);
  }
  if (old.persistence !== now.persistence)
    parts.push(now.persistence === 'u' ? 'unlogged now' : 'logged now');
  if (old.of !== now.of) parts.push(now.of === null ? `detached from ${old.of}` : `attached to ${now.of}`);
  if (old.body !== now.body) parts.push('its definition');
  return parts.length > 0 ? parts : ['the order of its parts'];
}

/** `orders_pkey:p` → `orders_pkey`. */
function constraintName(text: string): string {
  return text.slice(0, text.lastIndexOf(':'));
}

function columnDifferences(old: RelationDefinition['columns'], now: RelationDefinition['columns']): string[] {
  const before = new Map(old.map((column) => [column[0], column]));
  const after = new Map(now.map((column) => [column[0], column]));
  const parts: string[] = [];
  for (const [name, type, notNull, fallback] of now) {
    const was = before.get(name);
    if (!was) {
      parts.push(`column ${name} ${type} added`);
      continue;
    }
    if (was[1] !== type) parts.push(`column ${name} is ${type} now (before: ${was[1]})`);
    if (was[2] !== notNull)
      parts.push(notNull ? `column ${name} is not null now` : `column ${name} may be null now`);
    if (was[3] !== fallback) parts.push(`default of column ${name}`);
  }
  for (const [name] of old) if (!after.has(name)) parts.push(`column ${name} dropped`);
  return parts;
}

function capped(database: string, changes: NewChange[]): NewChange[] {
  if (changes.length <= changesAtMost) return changes;
  const left = changes.slice(changesAtMost);
  const sentence = `${left.length} more relations of ${database} were created, dropped or altered at once.`;
  return [
    ...changes.slice(0, changesAtMost),
    change(database, database, sentence, { relations: left.map(({ object }) => object).slice(0, 1000) }),
  ];
}

/** Extensions that came, went or were updated: name → version. */
export function compareExtensions(
  database: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): NewChange[] {
  const changes: NewChange[] = [];
  const add = (name: string, sentence: string, details: JsonObject) =>
    changes.push({ kind: 'extension', database, object: name, sentence, details });
  for (const [name, version] of Object.entries(after)) {
    const was = Object.hasOwn(before, name) ? before[name] : undefined;
    if (was === undefined) add(name, `Extension ${name} ${version} was installed.`, { after: version });
    else if (was !== version)
      add(name, `Extension ${name} was updated from ${was} to ${version}.`, { before: was, after: version });
  }
  for (const [name, version] of Object.entries(before)) {
    if (!Object.hasOwn(after, name))
      add(name, `Extension ${name} ${version} was dropped.`, { before: version });
  }
  return changes;
}
