// The timeline: a lane for each service, marks for records, silences, and zooming by dragging.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Outline, Silence } from "../api/types.ts";
import type { LaneColour } from "../app/colours.ts";
import { duration, micros, offset, rfc3339 } from "../model/time.ts";
import {
  densityPath,
  laneRows,
  type Mark,
  marksPath,
  nearest,
  type Plot,
  REST,
  troublePath,
} from "../model/timeline.ts";
import { plain } from "../model/visible.ts";
import { AXIS_HEIGHT, Axis, Gap, Tip } from "./TimelineParts.tsx";

const NAME_WIDTH = 132;
const LANE_HEIGHT = 22;
const NARROW_LANE_HEIGHT = 28;
const MOST_LANES = 12;
/** A drag shorter than this is a click, in pixels. */
const CLICK_PX = 4;
/** A silence is drawn if it takes this share of what is shown. */
const SILENCE_SHARE = 0.05;
const SILENCE_HEIGHT = 14;
/** Lines from each record to the next one are drawn up to so many records. */
const HANDOVERS = 60;
/** The first error has a ring around its mark. */
const FIRST_ERROR_RADIUS = 8.5;

type Props = {
  readonly outline: Outline;
  /** The records, where all of them are loaded and few enough to be drawn one by one. */
  readonly marks: readonly Mark[] | undefined;
  /** The start and end of what is shown, in microseconds. */
  readonly from: number;
  readonly to: number;
  /** What distances are counted from. */
  readonly zero: number;
  readonly laneColour: LaneColour;
  /** The time of the selected record. */
  readonly selected: number | undefined;
  /** The id of the transaction's first error. */
  readonly firstError: string | undefined;
  readonly silences: readonly Silence[];
  readonly onZoom: (from: string, to: string) => void;
  readonly onPick: (mark: Mark | undefined, us: number) => void;
};

export function Timeline(props: Props) {
  const { outline, marks, from, to, zero, laneColour, selected, firstError, silences, onZoom, onPick } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [drag, setDrag] = useState<{ start: number; end: number } | undefined>();
  const [tip, setTip] = useState<{ x: number; y: number; text: string } | undefined>();
  const isNarrow = width < 560;
  const left = isNarrow ? 0 : NAME_WIDTH;
  const laneHeight = isNarrow ? NARROW_LANE_HEIGHT : LANE_HEIGHT;
  const length = Math.max(1, to - from);
  const plotWidth = Math.max(50, width - left - 12);
  const x = (us: number) => left + 6 + ((us - from) / length) * (plotWidth - 6);
  const time = (px: number) =>
    from + ((Math.min(Math.max(px, left + 6), left + plotWidth) - left - 6) / (plotWidth - 6)) * length;

  const lanes = useMemo(() => laneRows(outline, MOST_LANES), [outline]);
  const gaps = silences.filter(
    (silence) => Math.min(to, micros(silence.to)) - Math.max(from, micros(silence.from)) > SILENCE_SHARE * length,
  );
  const height = lanes.length * laneHeight + AXIS_HEIGHT + (gaps.length > 0 ? SILENCE_HEIGHT : 0);
  const middle = (row: number) => AXIS_HEIGHT + row * laneHeight + laneHeight / 2 + (isNarrow ? 7 : 0);
  const rowOf = useMemo(() => new Map(lanes.map((lane, row) => [lane.name, row])), [lanes]);
  const rest = lanes.length - 1;
  const drawn = useMemo(
    () => marks?.map((mark) => ({ ...mark, row: rowOf.get(mark.lane) ?? rest, x: x(mark.us) })),
    [marks, rowOf, from, to, width],
  );

  const failed = firstError === undefined ? undefined : drawn?.find((mark) => mark.id === firstError);
  const laneClass = (name: string | null) => (name === null || name === REST ? "" : `lane-${laneColour(name)}`);

  const most = useMemo(() => Math.max(1, ...lanes.flatMap((lane) => lane.bins.map(([, count]) => count))), [lanes]);
  const plot: Plot = {
    x,
    middle,
    height: isNarrow ? NARROW_LANE_HEIGHT / 2 : laneHeight - 6,
    startUs: micros(outline.started),
    binUs: outline.bin_us,
  };

  const point = (event: PointerEvent) => {
    const box = frame.current?.querySelector("svg")?.getBoundingClientRect();
    return { px: event.clientX - (box?.left ?? 0), py: event.clientY - (box?.top ?? 0) };
  };
  const move = (event: PointerEvent) => {
    const { px, py } = point(event);
    if (drag) setDrag({ ...drag, end: px });
    const row = Math.floor((py - AXIS_HEIGHT) / laneHeight);
    const at = drawn && nearest(drawn, px, row);
    const when = offset(Math.round((at?.us ?? time(px)) - zero), to - zero);
    setTip({ x: px, y: py, text: at ? `${when} ${plain(at.label).slice(0, 120)}` : when });
  };
  const finish = (event: PointerEvent) => {
    const { px, py } = point(event);
    setDrag(undefined);
    if (!drag) return;
    if (Math.abs(px - drag.start) < CLICK_PX) {
      const row = Math.floor((py - AXIS_HEIGHT) / laneHeight);
      onPick(drawn && nearest(drawn, px, row), time(px));
      return;
    }
    const [first, last] = [time(Math.min(px, drag.start)), time(Math.max(px, drag.start))];
    onZoom(rfc3339(Math.floor(first)), rfc3339(Math.ceil(last) + 1));
  };

  return (
    <figure ref={frame} class="timeline" aria-label="Timeline">
      {width > 0 && (
        <svg
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${outline.record_count} records in ${lanes.length} lanes over ${duration(length)}`}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            const { px } = point(event);
            setDrag({ start: px, end: px });
          }}
          onPointerMove={move}
          onPointerUp={finish}
          onPointerCancel={() => setDrag(undefined)}
          onPointerLeave={() => setTip(undefined)}
        >
          <Axis from={from} length={length} zero={zero} x={x} width={plotWidth} height={height} />
          {gaps.map((silence) => (
            <Gap key={silence.from} silence={silence} x={x} from={from} to={to} height={height} />
          ))}
          {lanes.map((lane, row) => (
            <g key={lane.name ?? "\0"} class={laneClass(lane.name)}>
              <line class="base" x1={left} x2={left + plotWidth} y1={middle(row)} y2={middle(row)} />
              <text class="name" x={0} y={isNarrow ? middle(row) - 10 : middle(row) + 4}>
                {shortened(plain(lane.label), isNarrow ? 40 : 17)}
                <title>{plain(lane.label)}</title>
              </text>
            </g>
          ))}
          {drawn && drawn.length <= HANDOVERS && (
            <path class="handover" d={handovers(drawn.map(({ x: px, row }) => ({ x: px, y: middle(row) })))}>
              <title>the next record</title>
            </path>
          )}
          {!drawn &&
            lanes.map((lane, row) => (
              <path
                key={lane.name ?? "\0"}
                class={`density ${laneClass(lane.name)}`}
                d={densityPath(lane.bins, row, most, plot)}
              />
            ))}
          {(drawn ? marksPath(drawn.map((mark) => ({ ...mark, y: middle(mark.row) }))) : troublePath(lanes, plot)).map(
            ([level, d]) => (
              <path key={level} class={`level-${level}`} d={d} data-level={level} />
            ),
          )}
          {failed && (
            <circle class="first-error" cx={failed.x} cy={middle(failed.row)} r={FIRST_ERROR_RADIUS}>
              <title>first error</title>
            </circle>
          )}
          {selected !== undefined && selected >= from && selected <= to && (
            <line class="cursor" x1={x(selected)} x2={x(selected)} y1={AXIS_HEIGHT - 4} y2={height} />
          )}
          {drag && (
            <rect
              class="brush"
              x={Math.min(drag.start, drag.end)}
              width={Math.abs(drag.end - drag.start)}
              y={0}
              height={height}
            />
          )}
        </svg>
      )}
      {tip && <Tip {...tip} width={width} />}
    </figure>
  );
}

function handovers(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  // Measured before the page is painted, so that the timeline comes together with the rows.
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      const style = getComputedStyle(element);
      setWidth(element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
