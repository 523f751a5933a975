// Where the API is: the page may be served below a path, such as the stage of an HTTP API.

/** The path that every address of the API and of the page begins with: empty, or such as `/dev`. */
export const BASE = base();

function base(): string {
  // The script is at BASE/assets/app-….js. In an exported file it has no address.
  const script = document.querySelector<HTMLScriptElement>("script[src]")?.src;
  return script ? new URL("..", script).pathname.replace(/\/$/, "") : "";
}
