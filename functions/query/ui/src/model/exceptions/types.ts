// What a printed exception becomes.

/** A call. A `file` may be unknown, and is empty then. */
export type Frame = {
  readonly file: string;
  readonly line?: number;
  readonly function?: string;
  readonly code?: string;
  /** Whether it belongs to a language or a library, and not to the sender's own program. */
  readonly isLibrary: boolean;
};

/** An exception: its type and message, and the calls as its language orders them. */
export type Exception = { readonly title: string; readonly frames: readonly Frame[]; readonly isRoot: boolean };
