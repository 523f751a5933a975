// Runs the page's tests in a real browser: node browser/run.ts BASE_URL CHROMIUM HELPER_URL [WORDS]
// BASE_URL serves the page and the API. HELPER_URL files the JSON lines that are posted to it, and answers 200 when they can
// be found; HELPER_URL/find answers queries for mongosh, HELPER_URL/retention drops old days. Of the tests, those are run whose
// name has the words (a regular expression), which PAGE_TESTS may hold too. PICTURES names a folder for pictures. With
// PAGE_LOGBRAID, the path of the command line, only the tests are run that need it.

import { all } from "./harness.ts";
import { launch } from "./launch.ts";
import { World } from "./world.ts";

const FILES = process.env.PAGE_LOGBRAID
  ? ["command-line"]
  : [
      "reading",
      "moving",
      "moving-in-lists",
      "filtering",
      "records",
      "copying",
      "tailing",
      "watching",
      "searching",
      "comparing",
      "failing",
      "hostile",
      "tasks",
      "access",
      "signing-in",
      "tenants",
      "pinned",
      // Last, since lists of transactions take long beside hundreds of thousands of records.
      "large",
    ];
for (const file of FILES) await import(`./${file}.ts`);

const [base, executablePath, helper, words = process.env.PAGE_TESTS ?? ""] = process.argv.slice(2);
if (!base || !executablePath || !helper) {
  console.error("node browser/run.ts BASE_URL CHROMIUM HELPER_URL [WORDS]");
  process.exit(2);
}

const browser = await launch(executablePath);
const wanted = all.filter(({ name }) => new RegExp(words).test(name));
let failed = 0;
for (const { name, run } of wanted) {
  const world = new World(browser, base, helper);
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
