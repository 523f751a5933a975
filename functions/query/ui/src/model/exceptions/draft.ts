// An exception while its text is read.
import type { Exception, Frame } from "./types.ts";

export type Draft = { title: string[]; frames: Frame[]; isRoot: boolean; readonly indent: number };

export function draft(title: readonly string[], fields: Partial<Draft> = {}): Draft {
  return { title: [...title], frames: [], isRoot: true, indent: 0, ...fields };
}

/** Returns the exceptions. One of them is the root cause. */
export function finished(drafts: readonly Draft[]): Exception[] {
  const hasRoot = drafts.some((one) => one.isRoot);
  return drafts.map(({ title, frames, isRoot }, index) => ({
    title: once(title).join("\n").trim(),
    frames,
    isRoot: hasRoot ? isRoot : index === 0,
  }));
}

/** A title may be there twice: of a message and of a stack that begins with it. */
function once(title: readonly string[]): readonly string[] {
  const half = title.slice(0, title.length / 2);
  return title.length % 2 === 0 && half.every((line, index) => line === title[half.length + index]) ? half : title;
}
