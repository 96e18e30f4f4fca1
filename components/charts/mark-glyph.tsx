import { markLooks } from '@/components/charts/mark-looks';
import { type MarkGroup, markColours } from '@/components/charts/marks';

interface MarkGlyphProps {
  group: MarkGroup;
  /** Given by the chart: the line from top to bottom. */
  viewBox?: { x?: number; y?: number };
}

const size = 12;

/** The head of a mark's line: its glyph, its name where there is room, and all that it stands for on hover. */
export function MarkGlyph({ group, viewBox }: MarkGlyphProps) {
  const x = (viewBox?.x ?? 0) - size / 2;
  const y = viewBox?.y ?? 0;
  const { icon: Icon, one } = markLooks[group.lead.kind];
  const colour = markColours[group.lead.kind];
  return (
    <g data-mark={group.lead.kind}>
      <title>{group.marks.map((mark) => `${markLooks[mark.kind].one}: ${mark.label}`).join('\n')}</title>
      <rect x={x - 1} y={y - 1} width={size + 2} height={size + 2} rx={3} fill="var(--surface)" />
      <Icon x={x} y={y} width={size} height={size} stroke={colour} aria-label={one} />
      {group.hasRoom ? (
        <text x={x + size + 3} y={y + size - 3} fontSize={10} fill="var(--muted)">
          {group.label}
        </text>
      ) : null}
    </g>
  );
}
