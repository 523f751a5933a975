// Asks the query API.
import { BASE } from "../app/base.ts";
import { answer, exported } from "./embedded.ts";
import { Problem, type ProblemDocument, unreachable } from "./problem.ts";
import { type Credentials, signIn } from "./sign-in.ts";

const UNAUTHORIZED = 401;

/** The data of an exported file, which has no API. */
export const data = exported();

/** Empty until the sign-in sets them. */
let credentials: Credentials = async () => ({});

/** Signs the reader in, where the API has a sign-in. */
export async function useSignIn(): Promise<void> {
  credentials = (await signIn()) ?? credentials;
}

/** Asks for JSON at a path with its query. Throws a `Problem`, or an `AbortError` where `signal` ends it. */
export async function get<T>(target: string, signal?: AbortSignal): Promise<T> {
  if (data) return answer(data, target) as T;
  let response = await send(target, signal);
  if (response.status === UNAUTHORIZED) {
    await useSignIn();
    response = await send(target, signal);
  }
  if (!response.ok) throw await problem(response);
  return (await response.json()) as T;
}

async function send(target: string, signal: AbortSignal | undefined): Promise<Response> {
  const headers = { accept: "application/json", ...(await credentials()) };
  try {
    return await fetch(BASE + target, { headers, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
}

async function problem(response: Response): Promise<Problem> {
  const document = (await response.json().catch(() => null)) as ProblemDocument | null;
  if (document && typeof document.type === "string" && typeof document.detail === "string")
    return new Problem(document);
  // API Gateway's own answers are no problem documents.
  const detail = {
    401: "The API does not know who you are.",
    403: "The API does not let you read.",
    413: "The answer is too large.",
    429: "There are too many requests at the moment.",
  }[response.status];
  const status = response.status;
  return new Problem({
    type: status >= 500 ? "/problems/unreachable" : `/problems/http-${status}`,
    title: response.statusText,
    status,
    detail: detail ?? `The API answered with status ${status}.`,
  });
}

/** Joins a path and a query. */
export function target(path: string, query: URLSearchParams | Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === "" ? path : `${path}?${text}`;
}
