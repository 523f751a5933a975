// Shows a JSON value as rows that open and close. Rows are a flat list: what is deep costs no more than what is wide.
import { useState } from "preact/hooks";
import {
  type Container,
  copied,
  isContainer,
  type JsonRow,
  jsonRows,
  type Opened,
  preview,
  type Root,
  STEP,
  size,
} from "../model/json.ts";
import { Visible } from "./Visible.tsx";

/** Rows that are deeper are indented no further. */
const MAX_INDENT = 12;
/** How much of a key is drawn at first. */
const MAX_KEY = 200;

export type JsonActions = {
  /** Only records with this value in the field. */
  readonly onInclude?: ((path: string, value: unknown) => void) | undefined;
  /** Only records without it. */
  readonly onExclude?: ((path: string, value: unknown) => void) | undefined;
  /** The field as a column. */
  readonly onColumn?: ((path: string) => void) | undefined;
  /** Copies a text; the browser's clipboard by default. */
  readonly onCopy?: ((text: string) => void) | undefined;
};

/** Shows a value, with the entries of an object or a list below each other. */
export function JsonView({ value, ...actions }: { value: unknown } & JsonActions) {
  const [opened, setOpened] = useState<Opened>({ open: new Set(), drawn: new Map() });
  const toggle = (container: Container, isOpen: boolean) => {
    const open = new Set(opened.open);
    if (isOpen) open.add(container);
    else open.delete(container);
    setOpened({ ...opened, open });
  };
  const showMore = (of: Container | Root) => {
    const drawn = (opened.drawn.get(of) ?? STEP) + STEP;
    setOpened({ ...opened, drawn: new Map(opened.drawn).set(of, drawn) });
  };
  if (!isContainer(value)) return <Scalar value={value} />;
  return (
    <ul class="json">
      {jsonRows(value, opened).map((row, index) => (
        // Rows have no name of their own: keys may repeat at other depths, and a row's place is what it is.
        <li key={index} class={`json-row json-indent-${Math.min(row.depth, MAX_INDENT)}`}>
          {row.kind === "entry" ? (
            <Entry row={row} actions={actions} toggle={toggle} />
          ) : (
            <button type="button" class="json-more" onClick={() => showMore(row.of)}>
              {`show ${Math.min(STEP, row.hidden)} more of ${row.hidden.toLocaleString("en")}`}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

type EntryProps = {
  row: JsonRow & { kind: "entry" };
  actions: JsonActions;
  toggle: (container: Container, isOpen: boolean) => void;
};

function Entry({ row: { key, value, isOpen, depth, path }, actions, toggle }: EntryProps) {
  if (!isContainer(value)) {
    return (
      <>
        <Key name={key} />
        <Scalar value={value} />
        <Actions path={path} value={value} actions={actions} />
      </>
    );
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    toggle(value, event.key === "ArrowRight");
  };
  return (
    <>
      <button
        type="button"
        class="json-toggle"
        aria-expanded={isOpen}
        onClick={() => toggle(value, !isOpen)}
        onKeyDown={onKeyDown}
      >
        <Key name={key} />
        <span class="json-size">
          {size(value)}
          {depth > MAX_INDENT && `, level ${depth}`}
        </span>
        {!isOpen && (
          <span class="json-preview">
            <Visible text={preview(value)} rest="length" />
          </span>
        )}
      </button>
      <Actions path={path} value={value} actions={actions} />
    </>
  );
}

function Key({ name }: { name: string }) {
  return (
    <span class="json-key">
      <Visible text={name} limit={MAX_KEY} rest="length" />
    </span>
  );
}

function Scalar({ value }: { value: unknown }) {
  const isText = typeof value === "string";
  return (
    <span class={`json-${value === null ? "null" : typeof value}`}>
      {isText ? <Visible text={value} /> : String(value)}
    </span>
  );
}

function Actions({ path, value, actions }: { path: string | undefined; value: unknown; actions: JsonActions }) {
  const { onInclude, onExclude, onColumn, onCopy = (text) => void navigator.clipboard.writeText(text) } = actions;
  // A search compares with texts, numbers and truth values.
  const isComparable = ["string", "number", "boolean"].includes(typeof value);
  return (
    <span class="json-actions">
      {path !== undefined && isComparable && onInclude && (
        <Action glyph="+" title="Only records with this value" act={() => onInclude(path, value)} />
      )}
      {path !== undefined && isComparable && onExclude && (
        <Action glyph="−" title="Only records without this value" act={() => onExclude(path, value)} />
      )}
      {/* A comma separates the names of columns. */}
      {path !== undefined && !path.includes(",") && onColumn && (
        <Action glyph="▥" title="As a column" act={() => onColumn(path)} />
      )}
      <Action glyph="⧉" title="Copy the value" act={() => onCopy(copied(value))} />
    </span>
  );
}

function Action({ glyph, title, act }: { glyph: string; title: string; act: () => void }) {
  return (
    <button type="button" class="json-action" title={title} aria-label={title} onClick={act}>
      {glyph}
    </button>
  );
}
