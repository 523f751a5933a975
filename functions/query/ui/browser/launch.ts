// Starts the browser: without a sandbox, since tests run as root, and without requests of its own.
import { type Browser, chromium } from "playwright-core";

/** A name that leads to this machine, as a stranger's name could. */
export const FOREIGN_NAME = "logbraid-stranger.example";

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      `--host-resolver-rules=MAP ${FOREIGN_NAME} 127.0.0.1`,
    ],
  });
}
