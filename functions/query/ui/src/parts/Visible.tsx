// Draws a text that a sender wrote. Every text of a record goes through this.
import { useState } from "preact/hooks";
import { LIMIT, MAX_SEGMENTS, type Segment, visible } from "../model/visible.ts";

type Props = {
  readonly text: string;
  readonly limit?: number | undefined;
  /** What stands for the rest: a button that shows it, or just its length, within another button. */
  readonly rest?: "button" | "length";
};

/** Draws a text up to a limit. */
export function Visible({ text, limit = LIMIT, rest = "button" }: Props) {
  // How often more was asked for, and of which text: a component may get another text.
  const [more, setMore] = useState({ text, times: 0 });
  const times = more.text === text ? more.times : 0;
  const bounds = times > 0 ? { limit: Infinity, maxSegments: times * MAX_SEGMENTS } : { limit };
  const { segments, hidden } = visible(text, bounds);
  return (
    <bdi>
      {segments.map(segment)}
      {hidden > 0 && rest === "length" && <span class="v-more">{`… ${hidden.toLocaleString("en")} more`}</span>}
      {hidden > 0 && rest === "button" && (
        <button type="button" class="v-more" onClick={() => setMore({ text, times: times + 1 })}>
          {`… show all, ${hidden.toLocaleString("en")} more characters`}
        </button>
      )}
    </bdi>
  );
}

function segment(segment: Segment) {
  switch (segment.kind) {
    case "text":
      return segment.text;
    case "escape":
      return (
        <span class="v-esc" title={segment.title}>
          {segment.text}
        </span>
      );
    case "ansi":
      return <span class={ansiClass(segment)}>{segment.text}</span>;
  }
}

/** Names the classes of a style. A background brings its own colour of text: not every pair of a sender's could be read. */
function ansiClass({ fg, bg, bold, dim, italic, underline, strike, reverse }: Segment & { kind: "ansi" }): string {
  const back = reverse ? fg : bg;
  const front = reverse ? undefined : fg;
  const classes = [
    back !== undefined ? `ansi-bg-${back}` : reverse ? "ansi-reverse" : front !== undefined && `ansi-fg-${front}`,
    bold && "ansi-bold",
    dim && "ansi-dim",
    italic && "ansi-italic",
    underline && "ansi-underline",
    strike && "ansi-strike",
  ];
  return classes.filter(Boolean).join(" ");
}
