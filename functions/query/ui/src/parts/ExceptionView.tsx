// An exception: the root cause open, library frames folded, the raw text one click away.
import { useState } from "preact/hooks";
import { parseException } from "../model/exception.ts";
import type { Exception, Frame } from "../model/exceptions/types.ts";
import { Visible } from "./Visible.tsx";

export function ExceptionView({ text }: { readonly text: string }) {
  const [isRaw, setRaw] = useState(false);
  const chain = parseException(text);
  if (!chain || isRaw) {
    return (
      <>
        <pre class="raw">
          <Visible text={text} limit={4096} />
        </pre>
        {chain && (
          <button type="button" class="quiet" onClick={() => setRaw(false)}>
            Show the frames
          </button>
        )}
      </>
    );
  }
  return (
    <>
      {chain.map((exception, index) => (
        <One key={index} exception={exception} isChain={chain.length > 1} />
      ))}
      <button type="button" class="quiet" onClick={() => setRaw(true)}>
        Raw text
      </button>
    </>
  );
}

function One({ exception, isChain }: { readonly exception: Exception; readonly isChain: boolean }) {
  return (
    <div class="exception">
      <div class="title">
        <Visible text={exception.title} limit={1024} />
        {isChain && exception.isRoot && <span class="soft"> root cause</span>}
      </div>
      {grouped(exception.frames).map((group, index) =>
        group.isLibrary ? (
          <details key={index}>
            <summary>
              {group.frames.length} library {group.frames.length === 1 ? "frame" : "frames"}
            </summary>
            {group.frames.map(frame)}
          </details>
        ) : (
          group.frames.map(frame)
        ),
      )}
    </div>
  );
}

function frame(one: Frame, index: number) {
  return (
    <div key={index} class={one.isLibrary ? "frame library" : "frame"}>
      <Visible text={one.file} limit={300} />
      {one.line !== undefined && `:${one.line}`}
      {one.function !== undefined && (
        <span class="soft">
          {" "}
          in <Visible text={one.function} limit={200} />
        </span>
      )}
      {one.code !== undefined && (
        <div class="code">
          <Visible text={one.code} limit={300} />
        </div>
      )}
    </div>
  );
}

/** Puts library frames that follow each other into one group. */
function grouped(frames: readonly Frame[]): { isLibrary: boolean; frames: Frame[] }[] {
  const groups: { isLibrary: boolean; frames: Frame[] }[] = [];
  for (const one of frames) {
    const last = groups.at(-1);
    if (last && last.isLibrary === one.isLibrary) last.frames.push(one);
    else groups.push({ isLibrary: one.isLibrary, frames: [one] });
  }
  return groups;
}
