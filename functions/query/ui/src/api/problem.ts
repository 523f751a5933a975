// Failed requests.

/** A problem document of the API (RFC 9457), or what stands for one where the API did not answer. */
export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly allowed?: string;
  readonly suggestion?: string;
  readonly days?: { count: number; first: string | null; last: string | null };
  readonly filed_until?: readonly { stream: string; shard: string; arrived: string; filed_at: string | null }[];
  readonly reached?: string;
};

export class Problem extends Error {
  readonly document: ProblemDocument;

  constructor(document: ProblemDocument) {
    super(document.detail);
    this.document = document;
  }

  /** The last part of the type: `unknown-transaction`. */
  get kind(): string {
    return this.document.type.split("/").at(-1) ?? "";
  }

  /** Whether the same request may succeed soon. */
  get isPassing(): boolean {
    return ["database-away", "unreachable", "out-of-time"].includes(this.kind);
  }
}

/** The problem that the API did not answer at all. */
export function unreachable(): Problem {
  const detail = "The query API does not answer.";
  return new Problem({ type: "/problems/unreachable", title: "No answer", status: 0, detail });
}
