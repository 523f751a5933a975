// One row of a list of records. A click opens the record; a click on its service or level narrows the view.
import { memo } from "preact/compat";
import { change } from "../app/location.ts";
import { narrow } from "../app/narrow.ts";
import { cause, headline } from "../model/headline.ts";
import { level } from "../model/level.ts";
import { fieldAt, type LogRecord, service, text } from "../model/record.ts";
import { plain } from "../model/visible.ts";
import { LevelMark } from "./LevelMark.tsx";
import { Link } from "./Link.tsx";
import { Visible } from "./Visible.tsx";

/** How much of a text a row draws on one line, and how much where lines are wrapped. */
const ONE_LINE = 400;
const WRAPPED = 2_048;
const MOST_LINES = 100;

export type RowProps = {
  readonly record: LogRecord;
  readonly when: string;
  readonly whenTitle: string;
  readonly href: string;
  readonly lane: number;
  readonly isSelected: boolean;
  readonly isWrapped: boolean;
  readonly isFirstError?: boolean;
  readonly columns: readonly string[];
  /** How many records this row stands for. */
  readonly times?: number;
  /** Shown instead of the message, for a row that stands for several records. */
  readonly template?: string;
  /** A link to the transaction, where the list holds several. */
  readonly uidHref?: string | undefined;
  readonly onOpen: () => void;
};

export const RecordRow = memo(function RecordRow(props: RowProps) {
  const { record, when, whenTitle, href, lane, isSelected, isWrapped, times, template, onOpen } = props;
  const own = level(record);
  const who = service(record);
  const message = template ?? headline(record);
  const below = template === undefined ? cause(record) : undefined;
  const isBad = own === "ERROR" || own === "CRITICAL";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: for keys there is the link in the row, which does the same
    <li
      class={`row${isBad ? " at-error" : ""}${times ? " fold" : ""}`}
      data-id={record.id}
      aria-current={isSelected ? "true" : undefined}
      onClick={(event) => {
        if (!(event.target instanceof Element) || event.target.closest("a, button")) return;
        const field = event.target.closest<HTMLElement>("[data-field]")?.dataset.field;
        const way = event.altKey ? "not" : "only";
        if (field === "service" && who !== null) narrow(field, who, way);
        else if (field === "levelname" && way === "only") change({ level: own });
        else if (field === "levelname") narrow(field, text(record, field) ?? own, way);
        // A click that ends a selection of text is no click.
        else if (window.getSelection()?.isCollapsed ?? true) onOpen();
      }}
    >
      <a
        class="when"
        href={href}
        title={whenTitle}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onOpen();
        }}
      >
        {when}
      </a>
      <span class={`who lane-name lane-${lane}`}>
        {who === null ? (
          "–"
        ) : (
          <span class="word" data-field="service" title={filterTitle(who)}>
            <Visible text={who} limit={80} rest="length" />
          </span>
        )}
      </span>
      <span>
        {own === "NOTSET" ? (
          <LevelMark level={own} />
        ) : (
          <span
            class="word"
            data-field="levelname"
            title={`click for ${own} and above, Alt-click for all but ${plain(text(record, "levelname") ?? own)}`}
          >
            <LevelMark level={own} />
          </span>
        )}
      </span>
      <span class="what">
        <Visible text={message} limit={isWrapped ? WRAPPED : ONE_LINE} />
      </span>
      <Extra {...props} lines={isWrapped ? 1 : message.split("\n", MOST_LINES).length} />
      {below !== undefined && (
        <span class="cause">
          └ <Visible text={below} limit={ONE_LINE} />
        </span>
      )}
    </li>
  );
});

function Extra({ record, times, columns, uidHref, isFirstError, lines }: RowProps & { readonly lines: number }) {
  return (
    <span class="extra">
      {isFirstError && <span class="first">first error</span>}
      {times !== undefined && <span class="times">× {times.toLocaleString("en")}</span>}
      {lines > 1 && <span>▸ {lines === MOST_LINES ? `${MOST_LINES} or more` : lines} lines</span>}
      {columns.map((name) => (
        <span key={name} class="column" title={plain(name)}>
          <Column record={record} path={name} />
        </span>
      ))}
      {uidHref !== undefined && (
        <Link class="uid mono" to={uidHref} title="The transaction">
          <Visible text={text(record, "log_uid") ?? ""} limit={80} rest="length" />
        </Link>
      )}
    </span>
  );
}

function Column({ record, path }: { readonly record: LogRecord; readonly path: string }) {
  const value = fieldAt(record, path);
  if (value === undefined) return "–";
  return <Visible text={typeof value === "string" ? value : JSON.stringify(value)} limit={80} rest="length" />;
}

function filterTitle(value: string): string {
  return `${plain(value.slice(0, ONE_LINE))}: click for only these, Alt-click for all others`;
}
