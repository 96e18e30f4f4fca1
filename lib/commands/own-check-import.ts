import { parse } from 'yaml';
import { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { type SaveOutcome, saveOwnCheck } from '@/lib/commands/own-checks';
import { type OwnCheck, ownCheckSchema } from '@/lib/contract/own-checks';
import { askedHash } from '@/lib/engine/own-checks';
import type { Store } from '@/lib/store/db';
import { findOwnCheck, passedTrials } from '@/lib/store/own-checks';

const fileSchema = z.union([
  z.object({ checks: z.array(z.unknown()).min(1).max(200) }).strict(),
  z.array(z.unknown()).min(1).max(200),
  z.record(z.string(), z.unknown()),
]);

/** Aliases are counted by the parser, so that a small file cannot grow into a large one. */
function readYaml(yaml: string, uniqueKeys: boolean): unknown {
  try {
    return parse(yaml, { maxAliasCount: 20, uniqueKeys });
  } catch (error) {
    throw new PlumblineError('bad-input', `The file is no YAML: ${messageOf(error).split('\n')[0]}`, {
      fields: { yaml: messageOf(error).split('\n')[0] ?? 'Not YAML.' },
    });
  }
}

/**
 * The checks in a YAML file: `checks:` with a list, a list, or one check.
 *
 * @throws PlumblineError `bad-input` naming the check, the field and what is wrong.
 */
export function checksOfYaml(yaml: string): OwnCheck[] {
  const file = fileSchema.safeParse(readYaml(yaml, false));
  if (!file.success) {
    throw new PlumblineError('bad-input', 'The file holds no checks.', {
      next: 'Begin with “checks:” and a list; an exported file shows the form.',
    });
  }
  const items: unknown[] = Array.isArray(file.data)
    ? file.data
    : Array.isArray(file.data.checks)
      ? file.data.checks
      : [file.data];
  const checks = items.map((item, at) => {
    const parsed = ownCheckSchema.safeParse(item);
    if (parsed.success) return parsed.data;
    const name = z.object({ name: z.string() }).safeParse(item).data?.name ?? `check ${at + 1}`;
    const fields: Record<string, string> = {};
    for (const issue of parsed.error.issues) fields[issue.path.join('.') || 'check'] ??= issue.message;
    const [field, message] = Object.entries(fields)[0] ?? ['check', 'Not valid.'];
    throw new PlumblineError('bad-input', `${name}: ${field}: ${message}`, { fields });
  });
  const twice = checks.find(({ name }, at) => checks.findIndex((each) => each.name === name) !== at);
  if (twice) throw new PlumblineError('bad-input', `${twice.name} is in the file twice.`);
  // The parser compares each key with all before it, which takes minutes in a map of thousands: by now there is none.
  readYaml(yaml, true);
  return checks;
}

/**
 * Adds or changes all checks of a file, or none. A check that runs goes on when what a server is asked is the same, or
 * has passed a trial; else its new version waits, switched off, until somebody has tried it.
 */
export async function importOwnChecks(
  db: Store,
  actor: Actor,
  yaml: string,
  meta: { requestId: string },
): Promise<{ items: { id: string; outcome: SaveOutcome; version: number; enabled: boolean }[] }> {
  assertAllowed(actor, 'manage-checks');
  const checks = checksOfYaml(yaml);
  const items = await db.transaction().execute(async (trx) => {
    const tried = await passedTrials(trx, checks.map(askedHash));
    const saved: Awaited<ReturnType<typeof saveOwnCheck>>[] = [];
    for (const definition of checks) {
      const before = await findOwnCheck(trx, definition.name);
      const goesOn = before?.enabled === true && before.removed_at === null;
      const same = goesOn && askedHash(before.definition) === askedHash(definition);
      const enabled = goesOn && (same || tried.has(askedHash(definition)));
      saved.push(await saveOwnCheck(trx, actor, { definition, enabled }, meta));
    }
    return saved;
  });
  return { items };
}
