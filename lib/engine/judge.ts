import { cutText, formatValue } from '@/lib/base/format';
import type { AnyCheck, CheckRow, JudgeDefinition, Level } from '@/lib/engine/define-check';
import { keyText, type MeasuredRow } from '@/lib/engine/rate';

type Judgement = JudgeDefinition<string>;
type OpenLevel = Exclude<Level, 'ok'>;

/** What is remembered of one object under one judgement between ticks. Times are seconds of one steady clock. */
export interface JudgedState {
  /** The level that stands now: of the open finding, or `ok`. */
  level: Level;
  warnSince?: number;
  critSince?: number;
  goodSince?: number;
}

/** The object and the judgement that a finding is about: the same text at every tick. */
export interface Verdict {
  key: string;
  judged: string;
  object: string;
  level: Level;
  sentence: string;
  /** What makes it known, where the level is `unknown`. */
  mend: string | null;
  row: CheckRow;
}

export interface JudgeContext {
  instance: string;
  cluster: string;
  database: string;
}

export interface JudgeInput {
  check: Pick<AnyCheck, 'columns' | 'ratios' | 'judge'>;
  rows: readonly MeasuredRow[];
  context: JudgeContext;
  /** By `stateKey`; open findings of before a restart come as `{ level }`. */
  states: ReadonlyMap<string, JudgedState>;
  /** Seconds on a clock that never goes back. */
  now: number;
}

export interface JudgeOutput {
  /** Every object that is not ok now. */
  verdicts: Verdict[];
  /** Open before and ok or gone now, by `stateKey`. */
  closed: string[];
  states: Map<string, JudgedState>;
}

export function stateKey(key: string, judged: string): string {
  return `${judged} ${key}`;
}

/** Once bad, an object has to be good for a while before its finding closes, or it would flap at the threshold. */
const goodSecondsAtMost = 30;

/**
 * Judges the rows of one check. A value at its threshold counts as beyond it. What has no interval yet (the first
 * tick of a counter) is left as it stands; an object that is no longer there is closed. Objects that are not known for
 * the same reason are one finding: a missing right must not open a hundred.
 */
export function judge({ check, rows, context, states, now }: JudgeInput): JudgeOutput {
  const next = new Map<string, JudgedState>();
  const verdicts: Verdict[] = [];
  const unknown = new Map<string, { judgement: Judgement; reason: string; rows: MeasuredRow[] }>();
  for (const row of rows) {
    const key = keyText(row.key);
    for (const judgement of check.judge ?? []) {
      const id = stateKey(key, judgement.column);
      const before = states.get(id) ?? { level: 'ok' };
      const seen = levelOf(judgement, row.values);
      if (seen === 'unknown' && before.level === 'ok' && Object.keys(row.key).length > 0) {
        const reason = String(row.values[judgement.unknownFrom ?? '']);
        const groupId = stateKey(reason, judgement.column);
        const group = unknown.get(groupId) ?? { judgement, reason, rows: [] };
        group.rows.push(row);
        unknown.set(groupId, group);
        continue;
      }
      const state = seen === undefined ? before : advance(before, seen, judgement, now);
      // Nothing is remembered of what is well, so that the map stays as small as the trouble is.
      if (state.level !== 'ok' || state.warnSince !== undefined) next.set(id, state);
      if (state.level === 'ok' || seen === undefined) continue;
      verdicts.push({
        key,
        judged: judgement.column,
        object: objectOf(row.key, context),
        level: state.level,
        sentence: sentenceOf(check, judgement, state.level, row.values, context),
        mend: state.level === 'unknown' ? mendOf(judgement, [row]) : null,
        row: row.values,
      });
    }
  }
  for (const group of unknown.values()) {
    const verdict = unknownVerdict(check, group, context);
    next.set(stateKey(verdict.key, verdict.judged), { level: 'unknown' });
    verdicts.push(verdict);
  }
  const closed = [...states].filter(
    ([id, { level }]) => level !== 'ok' && (next.get(id)?.level ?? 'ok') === 'ok',
  );
  return { verdicts, closed: closed.map(([id]) => id), states: next };
}

/** One finding for all objects that are not known for one reason. */
function unknownVerdict(
  check: JudgeInput['check'],
  { judgement, reason, rows }: { judgement: Judgement; reason: string; rows: MeasuredRow[] },
  context: JudgeContext,
): Verdict {
  const [first] = rows;
  const object = rows.length === 1 && first ? objectOf(first.key, context) : `${rows.length} objects`;
  const where = context.database || context.instance;
  return {
    key: keyText({ unknown: reason }),
    judged: judgement.column,
    object,
    level: 'unknown',
    sentence: `${labelOf(check, judgement.column)} is not known for ${object} on ${where}: ${reason}.`,
    mend: mendOf(judgement, rows),
    row: rows.length === 1 ? (first?.values ?? {}) : {},
  };
}

/** More statements than this nobody runs by hand. */
const mendsAtMost = 20;

/** What makes the objects known: each one's own mend, every statement once; else the judgement's. */
function mendOf({ unknownMend, unknownMendFrom }: Judgement, rows: readonly MeasuredRow[]): string | null {
  const own = unknownMendFrom === undefined ? [] : rows.map(({ values }) => values[unknownMendFrom]);
  const mends = [...new Set(own.filter((mend) => isSaid(mend)).map(String))];
  if (mends.length === 0) return unknownMend ?? null;
  return mends.slice(0, mendsAtMost).join('\n');
}

/** What the value alone says, without time: undefined where it cannot be judged at this tick. */
function levelOf(judgement: Judgement, values: CheckRow): Level | undefined {
  if (judgement.unknownFrom !== undefined && isSaid(values[judgement.unknownFrom])) return 'unknown';
  const { minimum } = judgement;
  if (!(judgement.column in values) || (minimum && !(minimum.column in values))) return undefined;
  const value = values[judgement.column];
  if (typeof value !== 'number') return 'ok';
  if (minimum && !(Number(values[minimum.column]) >= minimum.value)) return 'ok';
  if (isBeyond(judgement, value, judgement.crit)) return 'crit';
  return isBeyond(judgement, value, judgement.warn) ? 'warn' : 'ok';
}

function isSaid(value: CheckRow[string] | undefined): boolean {
  return value !== null && value !== undefined && value !== '';
}

function isBeyond(judgement: Judgement, value: number, threshold: number | undefined): boolean {
  if (threshold === undefined) return false;
  return judgement.worse === 'above' ? value >= threshold : value <= threshold;
}

/** Moves one object on by one tick. */
function advance(before: JudgedState, seen: Level, judgement: Judgement, now: number): JudgedState {
  const holdSeconds = judgement.forSeconds ?? 0;
  if (seen === 'unknown') return { level: 'unknown' };
  if (seen === 'ok') {
    const goodSince = before.goodSince ?? now;
    const stays = before.level === 'warn' || before.level === 'crit';
    if (stays && now - goodSince < Math.min(holdSeconds, goodSecondsAtMost))
      return { level: before.level, goodSince };
    return { level: 'ok' };
  }
  const warnSince = before.warnSince ?? now;
  const critSince = seen === 'crit' ? (before.critSince ?? now) : undefined;
  const isOpen = before.level === 'warn' || before.level === 'crit';
  const critHeld = critSince !== undefined && (before.level === 'crit' || now - critSince >= holdSeconds);
  const warnHeld = isOpen || now - warnSince >= holdSeconds;
  // A judgement without `warn` knows no level between.
  const held: Level = critHeld ? 'crit' : judgement.warn === undefined ? 'ok' : warnHeld ? 'warn' : 'ok';
  const level = held === 'ok' && before.level === 'unknown' ? 'ok' : held;
  return { level, warnSince, ...(critSince !== undefined && { critSince }) };
}

/** The object by name: its key columns in their order, or the instance or database when there is but one. */
function objectOf(key: Record<string, string>, context: JudgeContext): string {
  const names = Object.values(key).filter(Boolean);
  const inside = context.database ? [context.database, ...names] : names;
  return inside.length > 0 ? inside.join(' · ') : context.instance;
}

function sentenceOf(
  check: JudgeInput['check'],
  judgement: Judgement,
  level: OpenLevel,
  values: CheckRow,
  context: JudgeContext,
): string {
  if (level === 'unknown' && judgement.unknownFrom) {
    const label = labelOf(check, judgement.column);
    const where = context.database || context.instance;
    return `${label} is not known on ${where}: ${String(values[judgement.unknownFrom])}.`;
  }
  return fillSentence(judgement.sentence, check, values, context);
}

function labelOf(check: JudgeInput['check'], name: string): string {
  return check.columns[name]?.label ?? check.ratios?.[name]?.label ?? name;
}

/** Longest piece of a server's text in a sentence: an application name may be as long as its owner likes. */
const longestText = 200;

/** Replaces each `{name}` by the column's or ratio's value with its unit. What is not known is written as `–`. */
export function fillSentence(
  sentence: string,
  check: Pick<AnyCheck, 'columns' | 'ratios'>,
  values: CheckRow,
  context: JudgeContext,
): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (name in (check.ratios ?? {})) return formatValue(typeof value === 'number' ? value : null, 'percent');
    const column = check.columns[name];
    if (!column) {
      if (name === 'instance' || name === 'cluster' || name === 'database') return context[name];
      return whole;
    }
    if (typeof value === 'number') return formatValue(value, column.unit ?? 'none');
    if (value === null || value === undefined) return '–';
    return cutText(String(value), longestText);
  });
}

const rank: Record<Level, number> = { crit: 3, warn: 2, unknown: 1, ok: 0 };

/** The worst of some levels; `ok` of none. Not knowing is less bad than knowing that it is bad. */
export function worstLevel(levels: Iterable<Level>): Level {
  let worst: Level = 'ok';
  for (const level of levels) if (rank[level] > rank[worst]) worst = level;
  return worst;
}
