// What was around a record: the records before and after it in its process and its service, and links to more.
import type { Neighbourhood, Surroundings } from "../api/types.ts";
import { address } from "../app/location.ts";
import { LOGS, recordAddress } from "../app/paths.ts";
import type { ViewState } from "../app/view-state.ts";
import { headline } from "../model/headline.ts";
import { type LogRecord, service, text } from "../model/record.ts";
import { micros, rfc3339, timeOfDay, type Zone } from "../model/time.ts";
import { Link } from "./Link.tsx";
import { Visible } from "./Visible.tsx";

/** Which time around a record the search begins with. */
const CONTEXT_US = 10e6;

type AroundProps = {
  readonly found: Surroundings;
  readonly state: ViewState;
  readonly href: (record: LogRecord) => string;
};

export function Around({ found, state, href }: AroundProps) {
  const { record } = found;
  const at = micros(record.time);
  const query = new URLSearchParams({
    from: rfc3339(at - CONTEXT_US),
    to: rfc3339(at + CONTEXT_US),
    record: record.id,
  });
  if (state.zone !== "UTC") query.set("zone", state.zone);
  const own = service(record);
  return (
    <>
      <h3>Around it</h3>
      <Neighbours title="In the same process" around={found.process} record={record} zone={state.zone} href={href} />
      <Neighbours title="In the same service" around={found.service} record={record} zone={state.zone} href={href} />
      <p>
        <Link to={address(LOGS, query)}>Everything within 10 s</Link>
        {own !== null && (
          <>
            {" · "}
            <Link to={address(LOGS, new URLSearchParams([...query, ["service", own]]))}>The same of this service</Link>
          </>
        )}
      </p>
    </>
  );
}

type NeighboursProps = {
  readonly title: string;
  readonly around: Neighbourhood | null;
  readonly record: LogRecord;
  readonly zone: Zone;
  readonly href: (record: LogRecord) => string;
};

function Neighbours({ title, around, record, zone, href }: NeighboursProps) {
  if (!around || around.before.length + around.after.length === 0) return null;
  const line = (other: LogRecord) => {
    const uid = text(other, "log_uid");
    const isHere = uid !== undefined && uid === text(record, "log_uid");
    const to = isHere || uid === undefined ? href(other) : recordAddress(uid, other.id, zone);
    return (
      <li key={other.id} class="neighbour">
        <Link to={to} class="soft">
          {timeOfDay(micros(other.time), zone, 3)}
        </Link>
        <span class="value">
          <Visible text={headline(other)} limit={200} />
        </span>
        {!isHere && uid !== undefined && <span class="soft">another transaction</span>}
      </li>
    );
  };
  return (
    <details open>
      <summary class="soft">{title}</summary>
      <ul>
        {around.before.map(line)}
        <li class="neighbour">
          <strong>{timeOfDay(micros(record.time), zone, 3)}</strong>
          <strong>this record</strong>
        </li>
        {around.after.map(line)}
      </ul>
    </details>
  );
}
