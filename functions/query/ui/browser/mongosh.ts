// Runs queries for mongosh without mongosh: they are JavaScript, and MongoDB answers what they ask.
import { execFileSync } from "node:child_process";
import { runInNewContext } from "node:vm";

/** A document as Extended JSON. */
export type Document = { readonly [name: string]: unknown };

type Query = { readonly collection: string; readonly filter: unknown; readonly sort?: unknown };

/** Returns what mongosh would print. `findUrl` answers queries. Queries wait for the answer, as in mongosh. */
export function mongosh(query: string, findUrl: string): Document[] {
  const ask = (query: Query): Document[] => {
    const command = ["-sS", "--fail", "--data-binary", "@-", findUrl];
    return JSON.parse(execFileSync("curl", command, { input: JSON.stringify(query), encoding: "utf8" }));
  };
  const getCollection = (collection: string) => ({
    findOne: (filter: unknown) => ask({ collection, filter })[0] ?? null,
    find: (filter: unknown) => ({ sort: (sort: unknown) => ({ toArray: () => ask({ collection, filter, sort }) }) }),
  });
  const names = { db: { getCollection }, ObjectId: (hex: string) => ({ $oid: hex }) };
  const result = runInNewContext(query, names) as { toArray?: () => Document[] } | Document[] | Document | null;
  if (result === null) return [];
  // mongosh reads a cursor to its end.
  if ("toArray" in result && typeof result.toArray === "function") return result.toArray();
  return Array.isArray(result) ? [...result] : [result as Document];
}
