'use client';

import { type PointerEvent, type RefObject, useState } from 'react';

/** Where the plot begins and ends inside the chart's box, in px. */
export const plot = { left: 58, right: 10 } as const;

interface Brush {
  /** The drawn selection in px from the left of the box. */
  selection: { left: number; width: number } | undefined;
  handlers: {
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: (event: PointerEvent) => void;
    onPointerCancel: () => void;
  };
}

/** Dragging over a chart chooses a range of time. Less than 8 px is a click, which chooses a moment where one is asked for. */
export function useBrush(
  box: RefObject<HTMLDivElement | null>,
  from: number,
  to: number,
  onRange: ((from: number, to: number) => void) | undefined,
  onMoment?: (at: number) => void,
): Brush {
  const [drag, setDrag] = useState<{ start: number; end: number }>();
  const inside = (event: PointerEvent) => {
    const bounds = box.current?.getBoundingClientRect();
    if (!bounds) return 0;
    return Math.min(bounds.width - plot.right, Math.max(plot.left, event.clientX - bounds.left));
  };
  const finish = (end: number) => {
    setDrag(undefined);
    const width = (box.current?.clientWidth ?? 0) - plot.left - plot.right;
    if (!drag || !onRange || width <= 0) return;
    const timeAt = (x: number) => Math.round(from + ((x - plot.left) / width) * (to - from));
    if (Math.abs(end - drag.start) < 8) {
      onMoment?.(timeAt(end));
      return;
    }
    onRange(timeAt(Math.min(drag.start, end)), timeAt(Math.max(drag.start, end)));
  };
  return {
    selection:
      drag && Math.abs(drag.end - drag.start) >= 2
        ? { left: Math.min(drag.start, drag.end), width: Math.abs(drag.end - drag.start) }
        : undefined,
    handlers: {
      onPointerDown: (event) => {
        if (!onRange || event.button !== 0 || event.pointerType === 'touch') return;
        const x = inside(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ start: x, end: x });
      },
      onPointerMove: (event) => {
        if (drag) setDrag({ start: drag.start, end: inside(event) });
      },
      onPointerUp: (event) => finish(inside(event)),
      onPointerCancel: () => setDrag(undefined),
    },
  };
}
