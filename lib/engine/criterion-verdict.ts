import { formatDuration } from '@/lib/base/format';
import type { CriterionContext, CriterionVerdict, EvidenceLink } from '@/lib/engine/define-criterion';

/** What each verdict may say beside its sentence. */
type Rest = Partial<Pick<CriterionVerdict, 'value' | 'links' | 'observedAt'>>;

function verdict(state: CriterionVerdict['state'], sentence: string, rest: Rest): CriterionVerdict {
  return {
    state,
    sentence,
    value: rest.value ?? null,
    links: rest.links ?? [],
    observedAt: rest.observedAt ?? null,
  };
}

/** Proven: needs what was measured and when; without `observedAt` it would read as stale. */
export function pass(
  sentence: string,
  rest: Rest & { observedAt: string; links: EvidenceLink[] },
): CriterionVerdict {
  return verdict('pass', sentence, rest);
}

/** Measured and not met: the sentence names the object and what mends it. */
export function fail(
  sentence: string,
  rest: Rest & { observedAt: string; links: EvidenceLink[] },
): CriterionVerdict {
  return verdict('fail', sentence, rest);
}

/** Not measured: the sentence says why and what would earn the evidence. */
export function unknown(sentence: string, rest: Rest = {}): CriterionVerdict {
  return verdict('unknown', sentence, rest);
}

/** The sentence is the predicate that makes it so, as it was observed. */
export function notApplicable(
  predicate: string,
  rest: Rest & { observedAt: string; links: EvidenceLink[] },
): CriterionVerdict {
  return verdict('not-applicable', `Does not apply: ${predicate}`, rest);
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : [...names];
  const last = shown.pop() ?? 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** `one database`, `3 databases`. */
export function counted(count: number, word: string): string {
  return count === 1 ? `one ${word}` : `${count} ${word}s`;
}

/** The oldest of what a verdict rests on. */
export function oldest(times: readonly string[]): string {
  return [...times].sort()[0] as string;
}

export function ageText(at: string, now: Date): string {
  return formatDuration(Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1000)));
}

/** A link to the page of an instance where the check is drawn. */
export function checkLink(
  check: string,
  instanceId: string,
  label: string,
  observedAt: string,
): EvidenceLink {
  return { label, kind: 'check', id: check, instanceId, observedAt };
}

export function instanceName(ctx: CriterionContext, instanceId: string): string {
  return ctx.instances.find(({ id }) => id === instanceId)?.name ?? 'a removed instance';
}

type Answer = Awaited<ReturnType<CriterionContext['latestRows']>>[number];

/** Why an answer of a check is none, and what mends it, as a sentence. */
export function whyNoAnswer(answer: Pick<Answer, 'state' | 'reason' | 'mend'>): string {
  const reason =
    answer.reason ?? (answer.state === 'timeout' ? 'the check ran out of time' : 'the check failed');
  return `${withStop(reason)}${answer.mend ? ` ${withStop(capitalised(answer.mend))}` : ''}`;
}

const withStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The cluster's primary, or the verdict that there is none to look at. */
export function primaryOf(ctx: CriterionContext): CriterionContext['instances'][number] | CriterionVerdict {
  const primaries = ctx.instances.filter(({ role }) => role === 'primary');
  const only = primaries[0];
  if (only && primaries.length === 1) return only;
  if (primaries.length > 1) {
    return unknown(
      `${listed(primaries.map(({ name }) => name))} all say that they are the primary. Find out which one is, and pause the others.`,
    );
  }
  return unknown(
    'No instance of the cluster is known to be its primary. Add it, or see why it is not reached.',
  );
}

/**
 * The answers of a check that runs in each database, on the primary; or the verdict why there is not one of each
 * database that is somebody's, as the check `sizes` lists them.
 */
export async function answersPerDatabase(
  ctx: CriterionContext,
  check: string,
  title: string,
  sizes: string,
): Promise<
  { answers: Answer[]; missing: CriterionVerdict | undefined; instanceId: string } | CriterionVerdict
> {
  const primary = primaryOf(ctx);
  if ('state' in primary) return primary;
  const all = (await ctx.latestRows(check)).filter(({ instanceId }) => instanceId === primary.id);
  const answers = all.filter(({ state }) => state === 'ok');
  const known = await ctx.databases(sizes);
  const refused = all.find(({ state }) => state !== 'ok');
  if (refused) {
    const where = refused.database ?? primary.name;
    return {
      answers,
      missing: unknown(`${title} is not known in ${where}: ${whyNoAnswer(refused)}`),
      instanceId: primary.id,
    };
  }
  if (!known) {
    const why = `The databases of ${primary.name} are not known yet: the first answers come within a minute or two of watching.`;
    return { answers, missing: unknown(why), instanceId: primary.id };
  }
  const unseen = known.names.filter((name) => !answers.some(({ database }) => database === name));
  const missing =
    unseen.length > 0 || answers.length === 0
      ? unknown(`${title} was not read yet in ${listed(unseen)}. See the instance’s checks if it stays so.`)
      : undefined;
  return { answers, missing, instanceId: primary.id };
}

/** `over the last 7 d`, or how much of it was really measured. */
export function windowText(from: string, to: string, windowSeconds: number, coverage: number): string {
  if (coverage >= 0.95) return `over the last ${formatDuration(windowSeconds)}`;
  const spanSeconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return `over the ${formatDuration(Math.max(1, Math.round(spanSeconds)))} measured so far`;
}
