// Runs the page's tests in a real browser: node browser/run.ts BASE_URL CHROMIUM PUT_URL [WORDS]
// BASE_URL serves the page and the API. PUT_URL files the JSON lines that are posted to it, and answers 200 when they can be
// found. Of the tests, those are run whose name has the words (a regular expression).

import { all } from "./harness.ts";
import { launch } from "./launch.ts";
import { World } from "./world.ts";
import "./reading.ts";
import "./moving.ts";
import "./filtering.ts";
import "./records.ts";
import "./copying.ts";
import "./large.ts";
import "./tailing.ts";
import "./searching.ts";
import "./comparing.ts";
import "./failing.ts";
import "./hostile.ts";
import "./access.ts";
import "./signing-in.ts";

const [base, executablePath, put, words = ""] = process.argv.slice(2);
if (!base || !executablePath || !put) {
  console.error("node browser/run.ts BASE_URL CHROMIUM PUT_URL [WORDS]");
  process.exit(2);
}

const browser = await launch(executablePath);
const wanted = all.filter(({ name }) => new RegExp(words).test(name));
let failed = 0;
for (const { name, run } of wanted) {
  const world = new World(browser, base, put);
  const started = performance.now();
  try {
    await run(world);
    world.check();
    console.log(`ok   ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${indented(error instanceof Error ? error.message : String(error))}`);
    for (const complaint of world.complaints) console.log(indented(complaint));
    for (const picture of await world.pictures()) console.log(indented(picture));
  }
  await world.close();
}
await browser.close();
console.log(`${wanted.length - failed} of ${wanted.length} browser tests passed`);
process.exit(failed === 0 && wanted.length > 0 ? 0 : 1);

function indented(text: string): string {
  return text.replace(/^/gm, "     ");
}
