// What the tests read from the page, and do on it.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { uid } from "./data.ts";
import { eventually, until } from "./harness.ts";

/** The address of a transaction's view. */
export function transaction(name: string, query = ""): string {
  return `/ui/transactions/${uid(name)}${query}`;
}

/** The texts of what a selector finds. */
export async function texts(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allTextContents()).map((text) => text.trim());
}

/** The text of what a selector finds first. */
export async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent()) ?? "";
}

/** Waits until the text of what a selector finds first matches: figures come after the rows, with another answer. */
export async function says(page: Page, selector: string, expected: RegExp, what = selector): Promise<void> {
  await eventually(
    () => text(page, selector),
    (now) => expected.test(now),
    `${what} has to say ${expected}`,
  );
}

/** The number of what a selector finds. */
export function count(page: Page, selector: string): Promise<number> {
  return page.locator(selector).count();
}

/** The messages of the rows, in order. */
export function messages(page: Page): Promise<string[]> {
  return texts(page, ".row .what");
}

/** Waits until the rows have these messages. */
export function shows(page: Page, expected: readonly string[]): Promise<void> {
  return until(() => messages(page), [...expected]);
}

/** Waits for so many rows. */
export function showsRows(page: Page, expected: number): Promise<void> {
  return until(() => count(page, ".row"), expected, `rows`);
}

/** The message of the selected row. */
export async function selected(page: Page): Promise<string> {
  return (await texts(page, ".row[aria-current] .what")).join(" | ");
}

/** A parameter of the address. */
export function parameter(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}

/** Presses a key, and waits until the selected row has this message. */
export async function pressTo(page: Page, key: string, message: string): Promise<void> {
  await page.keyboard.press(key);
  await eventually(
    () => selected(page),
    (now) => now.startsWith(message),
    `${key} has to lead to “${message}”`,
  );
}

/** What is in the clipboard, once it is something else than before. */
export async function copied(page: Page, act: () => Promise<unknown>): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await act();
  return eventually(
    () => page.evaluate(() => navigator.clipboard.readText()),
    (text) => text !== "",
    "something has to be copied",
  );
}

/** Opens a menu, and chooses from it. */
export async function choose(page: Page, menu: string, choice: string): Promise<void> {
  await page.getByRole("button", { name: `${menu} ▾`, exact: true }).click();
  await page.getByRole("button", { name: choice, exact: true }).click();
}

/** Where a drag begins and ends within what it is on, for its width. */
type Drag = { readonly y: number; readonly from: (width: number) => number; readonly to: (width: number) => number };

/** Drags over what a selector finds, once it stands still and nothing covers it. */
export async function drag(page: Page, selector: string, { y, from, to }: Drag): Promise<void> {
  const target = page.locator(selector);
  const width = async () => (await target.boundingBox())?.width ?? 0;
  await target.hover({ position: { x: from(await width()), y } });
  const box = await target.boundingBox();
  assert.ok(box);
  await page.mouse.down();
  await page.mouse.move(box.x + to(box.width), box.y + y, { steps: 4 });
  await page.mouse.up();
}

/** Where a row is on the screen. */
export async function topOf(page: Page, selector: string): Promise<number> {
  const box = await page.locator(selector).first().boundingBox();
  return box?.y ?? Number.NaN;
}

/** The names of the lanes. */
export function lanes(page: Page): Promise<string[]> {
  return page.locator(".timeline text.name").evaluateAll((all) => all.map((one) => one.firstChild?.textContent ?? ""));
}
