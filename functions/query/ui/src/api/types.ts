// What the API answers, by the names that the page uses. `schema.d.ts` is generated from openapi.json.
import type { LogRecord } from "../model/record.ts";
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

export type Levels = Schemas["Levels"];
export type Cut = Schemas["Cut"];
export type Completeness = Schemas["Completeness"];
export type Shard = Completeness["filed_until"][number];
export type Searched = Schemas["Searched"];
export type Outline = Schemas["Outline"];
export type Lane = Outline["lanes"][number];
/** A bin of a lane: its number, its records, the worst level of these. */
export type Bin = Lane["bins"][number];
export type Silence = Outline["silences"][number];
export type Services = Schemas["Services"];
export type Histogram = Schemas["Histogram"];
export type Values = Schemas["Values"];
export type Transactions = Schemas["Transactions"];

/** The generated type of a record knows some of its fields; the page relies on none of them. */
type With<T, R> = Omit<T, keyof R> & R;
export type Records = With<Schemas["Records"], { readonly records: readonly LogRecord[]; readonly cut?: Cut }>;
export type TailPage = With<Schemas["Tail"], { readonly records: readonly LogRecord[] }>;
export type Neighbourhood = { readonly before: readonly LogRecord[]; readonly after: readonly LogRecord[] };
export type Surroundings = {
  readonly record: LogRecord;
  readonly process: Neighbourhood | null;
  readonly service: Neighbourhood | null;
};
