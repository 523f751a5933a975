// Counts over time, by level. Dragging narrows the time.
import { useMemo, useRef, useState } from "preact/hooks";
import type { Histogram } from "../api/types.ts";
import type { Range } from "../model/histogram.ts";
import { LEVELS, type Level } from "../model/level.ts";
import { dateTime, micros, rfc3339, type Zone } from "../model/time.ts";

const WIDTH = 1_000;
const HEIGHT = 56;
/** Left free at the top: bars of few records are drawn higher than they are, so that they can be seen. */
const ROOM = 10;
/** A drag shorter than this is a click, in pixels. */
const CLICK_PX = 4;

type Props = {
  readonly histogram: Histogram;
  readonly zone: Zone;
  readonly range: Range;
  /** Whether it is of an earlier search. */
  readonly isStale: boolean;
  readonly onZoom: (from: string, to: string) => void;
};

export function HistogramView({ histogram, zone, range, isStale, onZoom }: Props) {
  const own = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ start: number; end: number } | undefined>();
  const { from, to } = range;
  const bucketUs = histogram.bucket_ms * 1000;
  const length = Math.max(1, to - from);
  const paths = useMemo(() => bars(histogram, from, length), [histogram, from, length]);
  const at = (event: PointerEvent) => {
    const box = own.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  };
  const finish = (event: PointerEvent) => {
    const end = at(event);
    setDrag(undefined);
    if (!drag) return;
    const width = own.current?.getBoundingClientRect().width ?? 1;
    if (Math.abs(end - drag.start) * width < CLICK_PX) {
      const start = Math.floor((from + end * length) / bucketUs) * bucketUs;
      onZoom(rfc3339(start), rfc3339(start + bucketUs));
      return;
    }
    const [left, right] = [Math.min(end, drag.start), Math.max(end, drag.start)];
    onZoom(rfc3339(Math.floor(from + left * length)), rfc3339(Math.ceil(from + right * length)));
  };
  const total = histogram.buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  return (
    <figure class="histogram" aria-busy={isStale}>
      <svg
        ref={own}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${total} records between ${dateTime(from, zone)} and ${dateTime(to, zone)}`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ start: at(event), end: at(event) });
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, end: at(event) })}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(undefined)}
      >
        {paths.map(([level, d]) => (
          <path key={level} class={`level-${level}`} d={d} />
        ))}
        {drag && (
          <rect
            class="brush"
            x={Math.min(drag.start, drag.end) * WIDTH}
            width={Math.abs(drag.end - drag.start) * WIDTH}
            height={HEIGHT}
          />
        )}
      </svg>
      <figcaption class="soft">
        <span>{dateTime(from, zone)}</span>
        <span>
          {total.toLocaleString("en")} {total === 1 ? "record" : "records"}
          {histogram.cut && `, counted back to ${dateTime(micros(histogram.cut.reached), zone)}`} · drag to zoom
        </span>
        <span>{dateTime(to, zone)}</span>
      </figcaption>
    </figure>
  );
}

/** Returns a path for each level: the parts of the bars, stacked with the worst at the bottom. */
function bars(histogram: Histogram, from: number, length: number): [Level, string][] {
  const most = Math.max(1, ...histogram.buckets.map((bucket) => bucket.count));
  const worstFirst = [...LEVELS].reverse();
  const parts = new Map<Level, string[]>();
  const width = Math.max(1, ((histogram.bucket_ms * 1000) / length) * WIDTH - 1);
  for (const bucket of histogram.buckets) {
    const x = ((micros(bucket.start) - from) / length) * WIDTH;
    let bottom = HEIGHT;
    for (const level of worstFirst) {
      const count = bucket.levels[level];
      if (!count) continue;
      const tall = Math.max(1.5, (count / most) * (HEIGHT - ROOM));
      bottom -= tall;
      const path = parts.get(level) ?? [];
      path.push(
        `M${Math.max(0, x).toFixed(1)} ${bottom.toFixed(1)}h${width.toFixed(1)}v${tall.toFixed(1)}h-${width.toFixed(1)}z`,
      );
      parts.set(level, path);
    }
  }
  return LEVELS.filter((level) => parts.has(level)).map((level) => [level, parts.get(level)?.join("") ?? ""]);
}
