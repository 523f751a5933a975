// A level as a glyph and, where there is room, its name.
import { GLYPHS, type Level } from "../model/level.ts";

export function LevelMark({ level, count }: { readonly level: Level; readonly count?: number }) {
  return (
    <span class={`level level-${level}`}>
      {GLYPHS[level]}{" "}
      <span class="level-name">{count === undefined ? level : `${count.toLocaleString("en")} ${level}`}</span>
    </span>
  );
}
