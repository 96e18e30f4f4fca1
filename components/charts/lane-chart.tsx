'use client';

import { timeTicks, timeTickText } from '@/components/charts/ticks';
import { bothTimes } from '@/components/ui/age';
import { classNames } from '@/components/ui/class-names';

type Tone = 'ok' | 'warn' | 'crit' | 'unknown' | 'stale' | 'accent';

/** From one moment to another; epoch ms. */
export interface LaneBar {
  from: number;
  to: number;
  tone: Tone;
  /** Hatched: what is not there. */
  isGap?: boolean;
  title: string;
}

export interface LanePoint {
  at: number;
  tone: Tone;
  shape: 'circle' | 'square' | 'diamond';
  title: string;
}

export interface Lane {
  id: string;
  label: string;
  bars: readonly LaneBar[];
  points: readonly LanePoint[];
}

const laneHeight = 30;
const axisHeight = 18;
/** From so many ms on ticks stand on whole days: a date is enough, and fits a phone. */
const datesFrom = 3 * 86_400_000;
/** Of a thousand: narrower bars could not be seen. */
const narrowest = 2;

/** Stretches and moments over time, one lane below the other. Its table stands beside it, made by the page. */
export function LaneChart(props: {
  title: string;
  lanes: readonly Lane[];
  from: number;
  to: number;
  /** Called with the moment when somebody clicks on the drawing. */
  onMoment?: (at: number) => void;
}) {
  const { title, lanes, from, to, onMoment } = props;
  const place = (at: number) => (1000 * (Math.min(to, Math.max(from, at)) - from)) / (to - from);
  const isIn = (at: number) => at >= from && at <= to;
  const ticks = timeTicks(from, to, 5);
  const height = lanes.length * laneHeight;
  return (
    <figure aria-label={title} className="min-w-0">
      <div className="grid grid-cols-[minmax(5.5rem,auto)_1fr] gap-x-2">
        <div aria-hidden className="flex flex-col text-xs text-muted">
          {lanes.map((lane) => (
            <span key={lane.id} className="flex items-center" style={{ height: laneHeight }}>
              {lane.label}
            </span>
          ))}
        </div>
        <div
          className={classNames('relative min-w-0', onMoment && 'cursor-crosshair')}
          onPointerUp={(event) => {
            const bounds = event.currentTarget.getBoundingClientRect();
            const share = (event.clientX - bounds.left) / bounds.width;
            if (event.button === 0 && share >= 0 && share <= 1) onMoment?.(from + share * (to - from));
          }}
        >
          <svg
            role="img"
            aria-label={`${title}, drawn`}
            viewBox={`0 0 1000 ${height}`}
            preserveAspectRatio="none"
            className="block w-full"
            style={{ height }}
          >
            <defs>
              <pattern id="gap-hatch" width="8" height="8" patternUnits="userSpaceOnUse">
                <path d="M0 8 L8 0" stroke="var(--crit)" strokeWidth="2" />
              </pattern>
            </defs>
            {ticks.map((at) => (
              <line
                key={at}
                x1={place(at)}
                x2={place(at)}
                y1={0}
                y2={height}
                stroke="var(--line)"
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {lanes.map((lane, index) =>
              lane.bars
                .filter((bar) => bar.to >= from && bar.from <= to)
                .map((bar) => (
                  <rect
                    key={`${bar.from} ${bar.to} ${bar.title}`}
                    x={place(bar.from)}
                    width={Math.max(narrowest, place(bar.to) - place(bar.from))}
                    y={index * laneHeight + 9}
                    height={laneHeight - 18}
                    fill={bar.isGap ? 'url(#gap-hatch)' : `var(--${bar.tone})`}
                    fillOpacity={bar.isGap ? 1 : 0.55}
                  >
                    <title>{bar.title}</title>
                  </rect>
                )),
            )}
          </svg>
          {lanes.map((lane, index) =>
            lane.points
              .filter((point) => isIn(point.at))
              .map((point) => (
                <Glyph
                  key={`${point.at} ${point.title}`}
                  point={point}
                  left={place(point.at) / 10}
                  top={index * laneHeight + laneHeight / 2}
                />
              )),
          )}
          <div aria-hidden className="relative text-[11px] text-faint" style={{ height: axisHeight }}>
            {ticks.map((at) => (
              <span
                key={at}
                suppressHydrationWarning
                className="absolute -translate-x-1/2 whitespace-nowrap"
                style={{ left: `${Math.min(95, Math.max(5, place(at) / 10))}%` }}
              >
                {timeTickText(at, to - from > datesFrom ? Number.POSITIVE_INFINITY : to - from)}
              </span>
            ))}
          </div>
        </div>
      </div>
    </figure>
  );
}

/** Drawn apart from the lanes: they are stretched to the width, a mark is not. */
function Glyph({ point, left, top }: { point: LanePoint; left: number; top: number }) {
  const colour = `var(--${point.tone})`;
  return (
    <svg
      role="img"
      aria-label={`${point.title}, ${bothTimes(new Date(point.at).toISOString())}`}
      viewBox="0 0 12 12"
      className="absolute size-3 -translate-x-1/2 -translate-y-1/2"
      style={{ left: `${left}%`, top }}
      suppressHydrationWarning
    >
      <title
        suppressHydrationWarning
      >{`${point.title}, ${bothTimes(new Date(point.at).toISOString())}`}</title>
      {point.shape === 'circle' ? (
        <circle cx={6} cy={6} r={4.5} fill={colour} stroke="var(--surface)" strokeWidth={1.5} />
      ) : point.shape === 'square' ? (
        <rect x={1.5} y={1.5} width={9} height={9} fill={colour} stroke="var(--surface)" strokeWidth={1.5} />
      ) : (
        <path d="M6 0.5 L11.5 6 L6 11.5 L0.5 6 Z" fill={colour} stroke="var(--surface)" strokeWidth={1.5} />
      )}
    </svg>
  );
}
