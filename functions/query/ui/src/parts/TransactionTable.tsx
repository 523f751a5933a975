// A table of transactions: when each began, how long it took, and what went wrong.
import type { Levels, Transactions } from "../api/types.ts";
import { address } from "../app/location.ts";
import { transactionPath } from "../app/paths.ts";
import { type Level, severity } from "../model/level.ts";
import { dateTime, duration, micros, type Zone } from "../model/time.ts";
import { LevelMark } from "./LevelMark.tsx";
import { Link } from "./Link.tsx";
import { type Column, Table } from "./Table.tsx";
import { Visible } from "./Visible.tsx";

/** How many services a row names. */
const MOST_SERVICES = 5;
const METER_WIDTH = 100;
const METER_HEIGHT = 10;
const COLUMNS: readonly Column[] = [
  { name: "started" },
  { name: "transaction" },
  { name: "took", isNumber: true },
  { name: "share of the longest", isNameless: true },
  { name: "records", isNumber: true },
  { name: "services" },
  { name: "what went wrong" },
];

type Transaction = Transactions["transactions"][number];

type Props = {
  readonly transactions: readonly Transaction[];
  readonly zone: Zone;
  /** The row that the keys have chosen. */
  readonly at?: number | undefined;
};

export function TransactionTable({ transactions, zone, at }: Props) {
  const longest = Math.max(0.001, ...transactions.map((one) => one.duration_ms));
  return (
    <Table columns={COLUMNS}>
      {transactions.map((one, index) => (
        <TransactionRow key={one.log_uid} one={one} zone={zone} longest={longest} isAt={index === at} />
      ))}
    </Table>
  );
}

type RowProps = {
  readonly one: Transaction;
  readonly zone: Zone;
  readonly longest: number;
  readonly isAt: boolean;
};

function TransactionRow({ one, zone, longest, isAt }: RowProps) {
  const more = one.services.length - MOST_SERVICES;
  return (
    <tr aria-current={isAt ? "true" : undefined}>
      <td class="soft nowrap">{dateTime(micros(one.started), zone)}</td>
      <td class="mono uid">
        <Link to={transactionAddress(one.log_uid, zone)}>
          <Visible text={one.log_uid} limit={48} rest="length" />
        </Link>
      </td>
      <td class="number">{duration(one.duration_ms * 1000)}</td>
      <td>
        <Meter share={one.duration_ms / longest} />
      </td>
      <td class="number" data-unit={one.record_count === 1 ? "record" : "records"}>
        {one.record_count.toLocaleString("en")}
      </td>
      <td>
        {one.services.slice(0, MOST_SERVICES).map((name, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <Visible text={name} limit={40} rest="length" />
          </span>
        ))}
        {more > 0 && <span class="soft"> and {more.toLocaleString("en")} more</span>}
      </td>
      <td>
        {bad(one.levels).map(([level, count]) => (
          <span key={level}>
            <LevelMark level={level} count={count} />{" "}
          </span>
        ))}
        {one.first_error && <Visible text={one.first_error.message ?? "an error without a message"} limit={120} />}
      </td>
    </tr>
  );
}

function Meter({ share }: { readonly share: number }) {
  return (
    <svg class="meter" viewBox={`0 0 ${METER_WIDTH} ${METER_HEIGHT}`} aria-hidden="true">
      <rect class="back" width={METER_WIDTH} height={METER_HEIGHT} rx="2" />
      <rect width={Math.max(1, share * METER_WIDTH)} height={METER_HEIGHT} rx="2" />
    </svg>
  );
}

function bad(levels: Levels): [Level, number][] {
  return (Object.entries(levels) as [Level, number][])
    .filter(([level]) => severity(level) >= severity("WARNING"))
    .sort(([a], [b]) => severity(b) - severity(a));
}

/** Returns the address of a transaction, read in the same zone. */
export function transactionAddress(uid: string, zone: Zone): string {
  return address(transactionPath(uid), new URLSearchParams(zone === "UTC" ? "" : { zone }));
}
