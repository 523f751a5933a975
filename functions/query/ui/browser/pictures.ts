// Takes the pictures of docs/page: node browser/pictures.ts BASE_URL CHROMIUM FOLDER
// BASE_URL serves the page over the captured order, a second order to compare it with, one with
// tasks, and a transaction of 10,000 records.
import type { BrowserContext } from "playwright-core";
import { launch } from "./launch.ts";

const ORDER = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
const SECOND = "0d9c8b7a-2222-4ccc-9ddd-fedcba987654";
const TASKS = "01a217479b2370a9aca7d400d3338d4b";
const LARGE = "big-10000";
const SIZES = [
  { width: 1280, height: 800 },
  { width: 400, height: 800 },
];
const VIEWS: readonly [name: string, path: string, opened: string][] = [
  ["transaction", `transactions/${ORDER}`, ".row.at-error .when"],
  ["tasks", `transactions/${TASKS}?tasks=1`, ""],
  ["transaction-10000", `transactions/${LARGE}`, ""],
  ["transactions", "transactions", ""],
  ["search", "logs?level=WARNING", ""],
  ["tail", "tail", ""],
  ["compare", `compare?a=${ORDER}&b=${SECOND}&all=1`, ""],
];

const [base, executablePath, folder] = process.argv.slice(2);
if (!base || !executablePath || !folder) {
  console.error("node browser/pictures.ts BASE_URL CHROMIUM FOLDER");
  process.exit(2);
}

const browser = await launch(executablePath);
for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    const context = await browser.newContext({ viewport, colorScheme });
    for (const [name, path, opened] of VIEWS) {
      await picture(context, path, opened, `${folder}/${name}-${colorScheme}-${viewport.width}.png`);
    }
    await context.close();
  }
}
await browser.close();

async function picture(context: BrowserContext, path: string, opened: string, file: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${base}/ui/${path}`);
  await page.locator(".row, .task, tbody tr").first().waitFor();
  // On a small screen, the open record would cover the rest.
  if (opened !== "" && (page.viewportSize()?.width ?? 0) > 900) {
    await page.locator(opened).click();
    await page.locator(".panel .json").first().waitFor();
  }
  // A tail never comes to rest.
  if (path !== "tail") await page.waitForLoadState("networkidle");
  await page.screenshot({ path: file });
  await page.close();
}
