/** Something that happened and may explain a bend: it stands as a line on every chart. */
export interface ChartMark {
  at: number;
  label: string;
  kind: 'run' | 'alert' | 'restart' | 'failover' | 'deploy';
}

export const markColours: Record<ChartMark['kind'], string> = {
  run: 'var(--accent)',
  alert: 'var(--warn)',
  restart: 'var(--crit)',
  failover: 'var(--crit)',
  deploy: 'var(--muted)',
};

/** Share of the narrowest plot that one letter of a mark's name takes: 5.5 px of 300. */
const letterShare = 5.5 / 300;

/**
 * The marks of a range, oldest first. Names that would run into each other or over the edge have no room: they are
 * told by the pointer alone.
 */
export function marksIn(
  marks: readonly ChartMark[],
  from: number,
  to: number,
): { mark: ChartMark; hasRoom: boolean }[] {
  const shown = marks
    .filter((mark) => mark.at >= from && mark.at <= to)
    .sort((left, right) => left.at - right.at);
  return shown.map((mark, index) => {
    const end = mark.at + mark.label.length * letterShare * (to - from);
    return { mark, hasRoom: end <= (shown[index + 1]?.at ?? to) };
  });
}

/** The marks within a hundredth of the range around a moment. */
export function marksAt(marks: readonly ChartMark[], at: number, from: number, to: number): ChartMark[] {
  return marks.filter((mark) => Math.abs(mark.at - at) <= (to - from) / 100);
}
