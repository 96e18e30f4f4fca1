import { createHash } from 'node:crypto';
import type { Json, JsonObject, PlannedAct } from '@/lib/engine/define-job';

/** What an approval is about. Sizes, ages, sessions and estimates are left out: they change from minute to minute. */
export interface Approved {
  kind: string;
  definitionVersion: number;
  input: JsonObject;
  cluster: { id: string; systemIdentifier: string };
  /** Exact statements and argv, with `{runDir}` left open. */
  acts: readonly PlannedAct[];
  params: JsonObject;
}

/** JSON with keys in order and nothing undefined, so that equal values have equal text (like RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify((value ?? null) as Json);
}

/** SHA-256 in hex of what a person approves. The same plan made again has the same hash, on any worker. */
export function planHash(approved: Approved): string {
  const { kind, definitionVersion, input, cluster, acts, params } = approved;
  const text = canonicalJson({
    kind,
    definitionVersion,
    input,
    cluster: { id: cluster.id, systemIdentifier: cluster.systemIdentifier },
    acts: acts.map(({ step, sql, argv, as }) => ({ step, sql, argv, as })),
    params,
  });
  return createHash('sha256').update(text).digest('hex');
}
