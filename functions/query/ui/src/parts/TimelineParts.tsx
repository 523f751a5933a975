// The parts of the timeline: its axis, its silences, and what the pointer tells.
import { useEffect, useRef } from "preact/hooks";
import type { Silence } from "../api/types.ts";
import { duration, micros, ticks } from "../model/time.ts";

/** How high the axis is, above the lanes. */
export const AXIS_HEIGHT = 18;
/** A label of a silence fits into so many pixels, with and without the word. */
const LABEL_PX = 110;
const SHORT_LABEL_PX = 52;

type AxisProps = {
  readonly from: number;
  readonly length: number;
  readonly zero: number;
  readonly x: (us: number) => number;
  readonly width: number;
  readonly height: number;
};

export function Axis({ from, length, zero, x, width, height }: AxisProps) {
  const start = from - zero;
  const steps = ticks(length, Math.max(2, width / 110));
  const step = steps.length > 1 ? (steps[1] ?? 0) : length;
  const first = Math.ceil(start / step) * step;
  const shown = Array.from({ length: steps.length + 1 }, (_, index) => first + index * step).filter(
    (tick) => tick >= start && tick <= start + length,
  );
  return (
    <>
      {shown.map((tick) => {
        const px = x(zero + tick);
        const isLast = px > x(from + length) - 40;
        return (
          <g key={tick}>
            <line class="tick" x1={px} x2={px} y1={AXIS_HEIGHT - 4} y2={height} />
            <text x={px} y={AXIS_HEIGHT - 7} text-anchor={isLast ? "end" : tick === start ? "start" : "middle"}>
              {tick === 0 ? "0" : duration(tick)}
            </text>
          </g>
        );
      })}
    </>
  );
}

type GapProps = {
  readonly silence: Silence;
  readonly x: (us: number) => number;
  readonly from: number;
  readonly to: number;
  readonly height: number;
};

export function Gap({ silence, x, from, to, height }: GapProps) {
  const [start, end] = [Math.max(from, micros(silence.from)), Math.min(to, micros(silence.to))];
  const width = x(end) - x(start);
  if (width < 6) return null;
  const length = duration(silence.duration_ms * 1000);
  return (
    <g>
      <rect
        class="silence"
        x={x(start) + 3}
        width={Math.max(0, width - 6)}
        y={AXIS_HEIGHT}
        height={height - AXIS_HEIGHT}
      />
      {width > SHORT_LABEL_PX && (
        <text x={x(start) + width / 2} y={height - 3} text-anchor="middle">
          {width > LABEL_PX ? `silence ${length}` : length}
        </text>
      )}
      <title>{`silence ${length}`}</title>
    </g>
  );
}

export function Tip({
  x,
  y,
  text,
  width,
}: {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly width: number;
}) {
  const own = useRef<HTMLDivElement>(null);
  // The policy of the page forbids style attributes in HTML; scripts may set styles.
  useEffect(() => {
    const element = own.current;
    if (!element) return;
    const fits = x + 24 + element.offsetWidth < width;
    element.style.left = `${fits ? x + 28 : Math.max(0, x - element.offsetWidth)}px`;
    element.style.top = `${y + 18}px`;
  });
  return (
    <div ref={own} class="tip" aria-hidden="true">
      {text}
    </div>
  );
}
