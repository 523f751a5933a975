// Exports the records that match: as data, as text, or as one file that shows this page without a server.
import { data, get, target } from "../api/client.ts";
import { DATA_ELEMENT, type Exported } from "../api/embedded.ts";
import type { Completeness, Outline, Records } from "../api/types.ts";
import { BASE } from "../app/base.ts";
import { filtersAndTimes, following } from "../app/filters.ts";
import { changed } from "../app/location.ts";
import { asProblem } from "../app/request.ts";
import { asJson, asNdjson, asText, type Command, cli, curl, daysBetween, mongoshUids } from "../model/export.ts";
import type { LogRecord } from "../model/record.ts";
import { copy, download, say } from "./clipboard.ts";
import { Menu } from "./Menu.tsx";

/** A query for mongosh names each day's collection: no more than this. */
const MOST_DAYS = 31;

type Props = { readonly uid: string; readonly query: URLSearchParams; readonly whole: Outline };

export function ExportMenu({ uid, query, whole }: Props) {
  const wanted = changed(filtersAndTimes(query), following(query));
  const path = `/transactions/${encodeURIComponent(uid)}`;
  const name = `logbraid-${uid.replace(/[^\w.-]+/g, "_").slice(0, 80)}`;
  const days = daysBetween(whole.started, whole.ended, MOST_DAYS);
  // A followed transaction has the records of all its ids. A query that leaves some out would not give the same.
  const uids = wanted.has("follow") ? [uid, ...whole.also_known_as] : [uid];
  const isWhole = uids.length === 1 || !whole.also_known_as_over;
  const save =
    (extension: string, type: string, write: (records: readonly LogRecord[]) => string | Promise<string>) =>
    async () => {
      try {
        const records = await all(target(path, wanted));
        download(`${name}.${extension}`, type, await write(records));
      } catch (error) {
        say(asProblem(error).message);
      }
    };
  return (
    <Menu label="Export">
      <button type="button" onClick={save("json", "application/json", asJson)}>
        JSON
      </button>
      <button type="button" onClick={save("ndjson", "application/x-ndjson", asNdjson)}>
        JSON lines
      </button>
      <button type="button" onClick={save("txt", "text/plain", asText)}>
        Text
      </button>
      {!data && (
        <button
          type="button"
          onClick={save("html", "text/html", (records) => selfContained(uid, records, whole.completeness))}
        >
          This page as one file
        </button>
      )}
      <button
        type="button"
        onClick={() => copy(curl(window.location.origin + BASE + target(path, wanted)), "the curl command")}
      >
        Copy as curl
      </button>
      <button type="button" onClick={() => copyCommand(cli({ uid }, wanted))}>
        Copy as logbraid command
      </button>
      {days && isWhole && (
        <button type="button" onClick={() => copy(mongoshUids(uids, days), "the mongosh query")}>
          {filtersAndTimes(query).size > 0 ? "Copy as mongosh, without the filters" : "Copy as mongosh"}
        </button>
      )}
    </Menu>
  );
}

function copyCommand(made: Command): void {
  if ("command" in made) void copy(made.command, "the logbraid command");
  else say(made.problem);
}

/** Reads all pages, with all fields. */
async function all(first: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let next: string | null = first; next !== null; ) {
    const page: Records = await get<Records>(next);
    records.push(...page.records);
    next = page.next;
    if (next !== null) say(`${records.length.toLocaleString("en")} records …`);
  }
  return records;
}

/** Returns a file with the page, its style and the records. Nothing in a record can end the elements around it. */
async function selfContained(uid: string, records: readonly LogRecord[], completeness: Completeness): Promise<string> {
  const read = async (selector: string, attribute: "src" | "href") => {
    const address = document.querySelector(selector)?.getAttribute(attribute);
    return address ? (await fetch(address)).text() : "";
  };
  const [style, script] = await Promise.all([read("link[rel=stylesheet]", "href"), read("script[src]", "src")]);
  const held: Exported = { uid, exported: new Date().toISOString(), completeness, records };
  const json = JSON.stringify(held).replaceAll("<", "\\u003c");
  const title = `logbraid ${uid}`.replace(/[<>&]/g, "_");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title><style>${style}</style></head><body><div id="app"></div>
<script type="application/json" id="${DATA_ELEMENT}">${json}</script>
<script type="module">${script.replaceAll("</script", "<\\/script")}</script></body></html>
`;
}
