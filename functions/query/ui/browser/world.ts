// What a test may do: put records, and visit the page. Whatever the page does wrong on the way is noticed here.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Sent } from "./data.ts";
import { type Document, mongosh } from "./mongosh.ts";

export type Look = {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  /** What the browser says of answers that the test asks for: `404`. */
  readonly statuses?: readonly number[];
  /** Whether the test refuses connections. */
  readonly refused?: boolean;
  readonly timezone?: string;
  /** Other origins that the page may ask. */
  readonly origins?: readonly string[];
};

export class World {
  /** The transactions that are there. */
  private static readonly there = new Set<string>();
  /** What no page may do: errors on the console, violations of the policy, requests to others. */
  readonly complaints: string[] = [];
  readonly base: string;
  private readonly browser: Browser;
  private readonly helperUrl: string;
  private readonly contexts: BrowserContext[] = [];
  /** Where the files are that pages have downloaded. */
  private readonly folders: string[] = [];

  constructor(browser: Browser, base: string, helperUrl: string) {
    this.browser = browser;
    this.base = base.replace(/\/$/, "");
    this.helperUrl = helperUrl;
  }

  /** Files records, and returns when they can be found. Transactions that an earlier test has put are there already. */
  async put(records: readonly Sent[]): Promise<void> {
    const missing = records.filter(({ log_uid }) => !World.there.has(log_uid));
    if (missing.length === 0) return;
    await this.add(missing);
    for (const { log_uid } of missing) World.there.add(log_uid);
  }

  /** Files further records. */
  async add(records: readonly Sent[]): Promise<void> {
    const body = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    const response = await fetch(this.helperUrl, { method: "POST", body });
    assert.equal(response.status, 200, `records could not be put: ${await response.text()}`);
  }

  /** Calls retention, which keeps ten days. */
  async dropOldDays(): Promise<void> {
    const response = await fetch(new URL("retention", this.helperUrl), { method: "POST" });
    assert.equal(response.status, 200, await response.text());
  }

  /** Runs a query for mongosh. */
  mongosh(query: string): Document[] {
    return mongosh(query, new URL("find", this.helperUrl).href);
  }

  /** Asks the API itself. */
  async ask<T>(path: string): Promise<T> {
    const response = await fetch(this.base + path);
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  }

  /** Opens a page in a browser without a past. An address with a scheme is opened as it is. */
  async visit(path: string, look: Look = {}, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const { width = 1280, height = 800, scheme = "light", timezone = "Asia/Tehran" } = look;
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      timezoneId: timezone,
      acceptDownloads: true,
    });
    this.contexts.push(context);
    const isLoopback = this.base.startsWith("http");
    if (isLoopback) {
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: this.base });
    }
    const page = await context.newPage();
    this.watch(page, look);
    await prepare?.(page);
    await page.goto(path.includes("://") ? path : this.base + path);
    return page;
  }

  /** Fails if a page did what none may do. */
  check(): void {
    assert.deepEqual(this.complaints, []);
  }

  /** Takes a picture for people to look at, if a folder for them is named. */
  async picture(page: Page, name: string): Promise<void> {
    const { PICTURES } = process.env;
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  /** Takes a picture of each page that is open, and returns where they are. */
  async pictures(): Promise<string[]> {
    const pages = this.contexts.flatMap((context) => context.pages());
    const paths = pages.map((_, index) => join(tmpdir(), `logbraid-browser-${index}.png`));
    await Promise.all(pages.map((page, index) => page.screenshot({ path: paths[index] ?? "" }).catch(() => undefined)));
    return paths;
  }

  /** Has a page download a file. Returns its path; it is there until this is closed. */
  async download(page: Page, start: () => Promise<unknown>): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent("download"), start()]);
    const folder = await mkdtemp(join(tmpdir(), "logbraid-browser-"));
    this.folders.push(folder);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  async close(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close()));
    await Promise.all(this.folders.map((folder) => rm(folder, { recursive: true })));
  }

  private watch(page: Page, { statuses = [], refused = false, origins = [] }: Look): void {
    const expected = statuses.map((status) => `the server responded with a status of ${status} `);
    if (refused) expected.push("net::ERR_CONNECTION_REFUSED");
    page.on("console", (message) => {
      const text = message.text();
      if (!["error", "warning"].includes(message.type()) || expected.some((one) => text.includes(one))) return;
      // A violation of the policy and a failed request are errors on the console too.
      this.complaints.push(`console: ${text}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`error: ${error.stack ?? error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      const isOwn = [this.base, ...origins, "data:", "blob:", "file:"].some((start) => url.startsWith(start));
      if (!isOwn) this.complaints.push(`request to ${url}`);
    });
  }
}
