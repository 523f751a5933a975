// What goes on while the reader looks, and what rests while nobody does. The page's clock is the test's.
import assert from "node:assert/strict";
import type { Page, Route } from "playwright-core";
import { sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, parameter, pressTo, says, selected, shows, text, transaction } from "./steps.ts";

const MORE = /^Last record \d+ s ago; more may follow\. Checking\.$/;
/** As long as the page looks for more after the last record, and then some. */
const LIVE_MS = 75_000;
/** Time for several questions. */
const LONG_MS = 20_000;
/** How often a page is looked at until it rests, and for how long. */
const ATTEMPTS = 3;
const REST_MS = 10_000;

/** Records around now. */
function near(name: string): (seconds: number, message: string) => ReturnType<typeof sent> {
  const now = Date.now() / 1000;
  return (seconds, message) => ({ ...sent(uid(name), 0, "a", "INFO", message), created: now + seconds });
}

const CLOCK = (page: Page) => page.clock.install();

/** Tells what the page asks the API from now on. */
function asked(page: Page): () => Promise<readonly string[]> {
  const all: string[] = [];
  let marker = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/healthz")) marker += 1;
    else all.push(request.url());
  });
  return async () => {
    // Requests come in order: when the browser has told of this one, it has told of all before it.
    const before = marker;
    await page.evaluate(() => fetch("/healthz").then(({ status }) => status));
    await until(async () => marker, before + 1);
    return [...all];
  };
}

/** Runs the page's clock until the page asks nothing more. Returns what it has asked. */
async function askedAtRest(page: Page, questions: () => Promise<readonly string[]>): Promise<readonly string[]> {
  // What is on its way may lead to a further question, however slow the machine is.
  for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
    const before = await questions();
    await page.clock.runFor(REST_MS);
    if ((await questions()).length === before.length) return before;
  }
  assert.fail(`it never rests; it asked ${(await questions()).join(" ")}`);
}

/** Hides the tab or shows it. A browser without a window has no tab that could be hidden. */
async function setInSight(page: Page, isInSight: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    isInSight ? "visible" : "hidden",
  );
}

test("a transaction that goes on says so, and shows what is filed early or late at its place", async (world) => {
  const at = near("live");
  await world.put([at(0, "first"), at(2, "third")]);
  const page = await world.visit(transaction("live"));
  await shows(page, ["first", "third"]);
  await says(page, ".facts [role=status]", MORE);
  await pressTo(page, "j", "first");
  await pressTo(page, "j", "third");
  await world.add([at(1, "second, filed late")]);
  await shows(page, ["first", "second, filed late", "third"]);
  assert.equal(await selected(page), "third");
  await says(page, ".summary", /3 records/);
  await world.add([at(3, "fourth")]);
  await shows(page, ["first", "second, filed late", "third", "fourth"]);
  assert.equal(await selected(page), "third");
  await says(page, ".facts [role=status]", MORE);
});

test("an answer that takes longer than the time between two questions is waited for", async (world) => {
  const at = near("slow");
  await world.put([at(0, "first"), at(2, "third")]);
  const slow: Route[] = [];
  const page = await world.visit(transaction("slow"), {}, async (page) => {
    await CLOCK(page);
    await page.route(
      (url) => url.pathname.endsWith("/outline") && url.searchParams.has("q"),
      (route) => void slow.push(route),
    );
  });
  await shows(page, ["first", "third"]);
  const questions = asked(page);
  await page.getByLabel("Words in any field").fill("third");
  await page.keyboard.press("Enter");
  await shows(page, ["third"]);
  await eventually(
    async () => slow.length,
    (now) => now > 0,
    "the slow question",
  );
  const before = await questions();
  await page.clock.runFor(LONG_MS);
  assert.ok((await questions()).length > before.length, "the others go on");
  assert.equal(slow.length, 1);
  await slow[0]?.continue();
  await until(() => text(page, ".filters .count"), "1 of 2");
});

test("a transaction that has gone quiet no longer says that more may follow, and is asked for no more", async (world) => {
  const at = near("quiet");
  await world.put([at(0, "first"), at(0.1, "last")]);
  const page = await world.visit(transaction("quiet"), {}, CLOCK);
  await shows(page, ["first", "last"]);
  await eventually(
    () => text(page, ".facts"),
    (facts) => facts.includes("more may follow. Checking."),
    "that it may go on",
  );
  const questions = asked(page);
  await page.clock.runFor(LIVE_MS);
  await eventually(
    () => text(page, ".facts"),
    (facts) => !facts.includes("more may follow"),
    "that it is over",
  );
  const before = await questions();
  assert.ok(before.length > 0, "it was asked while more could follow");
  await page.clock.runFor(LONG_MS);
  assert.deepEqual(await questions(), before);
});

test("a hidden tab asks for nothing, and goes on when it is shown", async (world) => {
  const at = near("hidden");
  await world.put([at(0, "first"), at(2, "third")]);
  const page = await world.visit(transaction("hidden"), {}, CLOCK);
  await shows(page, ["first", "third"]);
  const questions = asked(page);
  await page.clock.runFor(LONG_MS / 4);
  await eventually(questions, (now) => now.length > 0, "questions while the tab is in sight");
  await setInSight(page, false);
  const hidden = await askedAtRest(page, questions);
  await world.add([at(1, "second, filed late"), at(3, "fourth")]);
  await page.clock.runFor(LONG_MS / 4);
  assert.deepEqual(await questions(), hidden);
  assert.equal(await count(page, ".row"), 2);
  await setInSight(page, true);
  await shows(page, ["first", "second, filed late", "third", "fourth"]);
  assert.equal(parameter(page, "record"), null);
  const shown = await questions();
  await page.clock.runFor(LONG_MS / 4);
  await eventually(questions, (now) => now.length > shown.length, "it goes on");
});

test("a hidden tab does not try again what failed, until it is shown", async (world) => {
  const at = near("unseen-failure");
  await world.put([at(0, "first")]);
  const outline = (url: URL) => url.pathname.endsWith("/outline");
  const page = await world.visit(transaction("unseen-failure"), { refused: true }, async (page) => {
    await CLOCK(page);
    await page.route(outline, (route) => route.abort("connectionrefused"));
  });
  const questions = asked(page);
  await says(page, "[role=alert]", /Trying again in 5 s/);
  await setInSight(page, false);
  await askedAtRest(page, questions);
  await page.unroute(outline);
  await setInSight(page, true);
  await page.clock.runFor(LONG_MS);
  await shows(page, ["first"]);
});

test("a hidden tail asks for nothing, and misses nothing", async (world) => {
  const own = uid("tail-unseen");
  const page = await world.visit(`/ui/tail?log_uid=${own}`, {}, CLOCK);
  await eventually(
    () => text(page, ".filters .count"),
    (now) => now.startsWith("live"),
    "live",
  );
  const questions = asked(page);
  await page.clock.runFor(LONG_MS / 4);
  await eventually(questions, (now) => now.length > 0, "questions");
  await setInSight(page, false);
  const hidden = await askedAtRest(page, questions);
  await world.add(Array.from({ length: 20 }, (_, index) => sent(own, index, "a", "INFO", `while hidden ${index}`)));
  await page.clock.runFor(LONG_MS / 4);
  assert.deepEqual(await questions(), hidden);
  await setInSight(page, true);
  await shows(
    page,
    Array.from({ length: 20 }, (_, index) => `while hidden ${index}`),
  );
});
