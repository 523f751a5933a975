// Starts the browser: without a sandbox, since tests run as root, and without requests of its own.
import { type Browser, chromium } from "playwright-core";

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
}
