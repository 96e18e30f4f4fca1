/** What a mark is about; what is rarer and explains more comes first. */
export const markKinds = [
  'failover',
  'restart',
  'finding',
  'mark',
  'setting',
  'schema',
  'extension',
  'run',
] as const;
/** `moment` is no change: a page marks with it what it shows elsewhere. */
export type MarkKind = (typeof markKinds)[number] | 'moment';

/** Something that happened and may explain a bend: it stands as a line on every chart. */
export interface ChartMark {
  at: number;
  label: string;
  kind: MarkKind;
}

export const markColours: Record<MarkKind, string> = {
  failover: 'var(--crit)',
  restart: 'var(--crit)',
  finding: 'var(--crit)',
  mark: 'var(--ink)',
  setting: 'var(--warn)',
  schema: 'var(--unknown)',
  extension: 'var(--unknown)',
  run: 'var(--accent)',
  moment: 'var(--muted)',
};

/** Marks that are too close to be told apart, drawn as one line. */
export interface MarkGroup {
  at: number;
  /** Gives the line its glyph. */
  lead: ChartMark;
  marks: readonly ChartMark[];
  /** Whether a name fits beside the line; else the pointer tells it. */
  hasRoom: boolean;
  label: string;
}

/** Share of the narrowest plot that one letter of a mark's name takes: 5.5 px of 300. */
const letterShare = 5.5 / 300;
/** A glyph is 12 px wide: closer than this share of the plot two would lie on each other. */
const glyphShare = 14 / 300;
const longestLabel = 24;

function rank(mark: ChartMark): number {
  return mark.kind === 'moment' ? -1 : markKinds.indexOf(mark.kind);
}

/**
 * The marks of a range, oldest first, near ones together. Names that would run into the next glyph or over the edge have
 * no room.
 */
export function marksIn(marks: readonly ChartMark[], from: number, to: number): MarkGroup[] {
  const shown = marks
    .filter((mark) => mark.at >= from && mark.at <= to)
    .sort((left, right) => left.at - right.at);
  const groups: ChartMark[][] = [];
  for (const mark of shown) {
    const last = groups.at(-1);
    if (last?.[0] && mark.at - last[0].at < glyphShare * (to - from)) last.push(mark);
    else groups.push([mark]);
  }
  return groups.map((group, index) => {
    const [first] = group as [ChartMark];
    const lead = group.reduce((best, mark) => (rank(mark) < rank(best) ? mark : best), first);
    const name = lead.label.length > longestLabel ? `${lead.label.slice(0, longestLabel - 1)}…` : lead.label;
    const label = group.length > 1 ? `${name} +${group.length - 1}` : name;
    const end = first.at + (glyphShare + label.length * letterShare) * (to - from);
    return { at: first.at, lead, marks: group, label, hasRoom: end <= (groups[index + 1]?.[0]?.at ?? to) };
  });
}

/** The marks within a hundredth of the range around a moment. */
export function marksAt(marks: readonly ChartMark[], at: number, from: number, to: number): ChartMark[] {
  return marks.filter((mark) => Math.abs(mark.at - at) <= (to - from) / 100);
}
