// The command line and the page: commands that are copied from the page give what it shows, and `logbraid open` lets its own
// browser in and nobody else.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { request as ask, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { order, uid } from "./data.ts";
import { test } from "./harness.ts";
import { FOREIGN_NAME } from "./launch.ts";
import { choose, copied, parameter, pressTo, says, showsRows, transaction } from "./steps.ts";
import type { World } from "./world.ts";

const LOGBRAID = process.env.PAGE_LOGBRAID ?? "";

/** Runs a copied command in a shell that knows `logbraid`, and parses its lines. */
async function lines(world: World, command: string): Promise<{ readonly [name: string]: unknown }[]> {
  const env = { ...process.env, PATH: `${dirname(LOGBRAID)}:${process.env.PATH}`, LOGBRAID_URL: world.base };
  const { stdout } = await promisify(execFile)("bash", ["-c", command], { env });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("a record's copied logbraid command gives the record", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  await page.locator(".panel .message").waitFor();
  const stored = JSON.parse(await copied(page, () => choose(page, "Copy", "JSON")));
  const command = await copied(page, () => choose(page, "Copy", "logbraid"));
  assert.equal(command, `logbraid around ${parameter(page, "record")}`);
  assert.deepEqual((await lines(world, command))[0]?.record, stored);
});

test("a transaction's copied logbraid command gives its records, whatever its uid, with the filters", async (world) => {
  for (const name of ["order", `it's "\${quoted}"\\ \u202e\u2028`]) {
    await world.put(order(name));
    const page = await world.visit(`/ui/transactions/${encodeURIComponent(uid(name))}?level=INFO&service=ordering`);
    await showsRows(page, 4);
    const command = await copied(page, () => choose(page, "Export", "Copy as logbraid command"));
    const shown = order(name).filter(({ levelname, service }) => levelname !== "DEBUG" && service === "ordering");
    assert.deepEqual(
      (await lines(world, command)).map(({ message }) => message),
      shown.map(({ message }) => message),
      command,
    );
  }
});

/** Serves on loopback until the test ends. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Opened = {
  /** What `logbraid open` printed. */
  readonly address: string;
  readonly host: string;
  /** The requests that reached the API. */
  readonly reached: string[];
  readonly end: () => void;
};

/** Starts `logbraid open` in front of the API, and looks at what passes. */
async function open(world: World): Promise<Opened> {
  const reached: string[] = [];
  const watching = createServer((request, response) => {
    // A browser looks for an icon of whatever it shows, a refusal too.
    if (request.url !== "/favicon.ico") reached.push(`${request.method} ${request.url}`);
    const headers = { ...request.headers, host: new URL(world.base).host };
    const passed = ask(world.base + request.url, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  const api = `http://${await listening(watching)}`;
  const command: ChildProcess = spawn(LOGBRAID, ["open", "--print", "--url", api, uid("order")]);
  const end = () => {
    command.kill();
    watching.closeAllConnections();
    watching.close();
  };
  if (!command.stdout) assert.fail("the command has an output");
  for await (const address of createInterface(command.stdout)) {
    return { address, host: new URL(address).host, reached, end };
  }
  return assert.fail("logbraid open printed no address");
}

/** What happened to what a page tried. */
type Tried = Readonly<Record<string, string>>;

/** Tries on a page of another origin to read what `logbraid open` answers, and to make it do something. */
function attack(page: Page, target: string): Promise<Tried> {
  return page.evaluate(async (url) => {
    const outcome = async (attempt: Promise<unknown>) =>
      attempt.then(
        (got) => `got ${got}`,
        () => "refused",
      );
    const fetched = (init: RequestInit) =>
      outcome(fetch(url, init).then(async (answer) => (await answer.text()) || answer.type));
    const loaded = (element: HTMLElement & { src: string }) =>
      outcome(
        new Promise((done, refuse) => {
          element.onload = done;
          element.onerror = refuse;
          element.src = url;
          document.body.append(element);
        }),
      );
    const framed = () =>
      new Promise<string>((done) => {
        const frame = document.createElement("iframe");
        frame.onload = () => done(frame.contentDocument === null ? "refused" : "got a document");
        frame.src = url;
        document.body.append(frame);
      });
    return {
      read: await fetched({ credentials: "include" }),
      "read without CORS": await fetched({ credentials: "include", mode: "no-cors" }),
      post: await fetched({ method: "POST", credentials: "include", mode: "no-cors", body: "x" }),
      "post with CORS": await fetched({ method: "POST", credentials: "include", headers: { "x-own": "1" } }),
      script: await loaded(document.createElement("script")),
      image: await loaded(document.createElement("img")),
      frame: await framed(),
    };
  }, target);
}

test("logbraid open shows the page to the browser that it opened, which can only read", async (world) => {
  await world.put(order());
  const opened = await open(world);
  const origin = `http://${opened.host}`;
  try {
    const page = await world.visit(opened.address, { origins: [origin], statuses: [405] });
    await showsRows(page, 9);
    assert.equal(page.url(), origin + transaction("order"));
    assert.equal(await page.evaluate(() => document.cookie), "");
    const before = opened.reached.length;
    const post = () => page.evaluate(() => fetch("/days", { method: "POST" }).then(({ status }) => status));
    assert.equal(await post(), 405);
    assert.equal(opened.reached.length, before);
    assert.ok(opened.reached.every((one) => one.startsWith("GET ")));
  } finally {
    opened.end();
  }
});

test("another browser without the token, or with a used one, gets nothing from logbraid open", async (world) => {
  await world.put(order());
  const opened = await open(world);
  const origin = `http://${opened.host}`;
  try {
    await showsRows(await world.visit(opened.address, { origins: [origin] }), 9);
    const before = opened.reached.length;
    for (const address of [opened.address, `${origin}/ui/`, `${origin}${transaction("order")}`, `${origin}/days`]) {
      const page = await world.visit(address, { origins: [origin], statuses: [403, 404] });
      await says(page, "body", /no-session/, address);
    }
    assert.equal(opened.reached.length, before);
  } finally {
    opened.end();
  }
});

test("a page of another origin in the opened browser can neither read nor use logbraid open", async (world) => {
  await world.put(order());
  const opened = await open(world);
  const origin = `http://${opened.host}`;
  const elsewhere = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>elsewhere</title><body></body>");
  });
  const port = (await listening(elsewhere)).split(":")[1];
  try {
    const own = await world.visit(opened.address, { origins: [origin] });
    await showsRows(own, 9);
    const read = await own.evaluate(() => fetch("/days").then(({ status }) => status));
    assert.equal(read, 200);
    const before = opened.reached.length;
    // The first of these is of the same site, so the browser sends it the cookie. Ports do not count there.
    for (const host of ["127.0.0.1", "localhost", FOREIGN_NAME]) {
      const page = await own.context().newPage();
      await page.goto(`http://${host}:${port}/`);
      const tried = await attack(page, `${origin}/days`);
      for (const [name, outcome] of Object.entries(tried)) assert.equal(outcome, "refused", `${name} from ${host}`);
      // A window that it opens shows a refusal, and cannot be read.
      const [popup] = await Promise.all([
        page.waitForEvent("popup"),
        page.evaluate((url) => void Object.assign(window, { opened: window.open(url) }), `${origin}/days`),
      ]);
      await popup.waitForLoadState();
      await says(popup, "body", /cross-site|no-session/, host);
      const isRead = await page.evaluate(() => {
        try {
          return (window as unknown as { opened: Window }).opened.document.body.textContent !== "";
        } catch {
          return false;
        }
      });
      assert.ok(!isRead, host);
      await page.close();
    }
    assert.equal(opened.reached.length, before, opened.reached.slice(before).join());
  } finally {
    opened.end();
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
});

test("a name that somebody points at this machine is refused by logbraid open", async (world) => {
  await world.put(order());
  const opened = await open(world);
  try {
    const before = opened.reached.length;
    const port = opened.host.split(":")[1];
    const address = `http://${FOREIGN_NAME}:${port}`;
    for (const path of ["/days", new URL(opened.address).pathname + new URL(opened.address).search]) {
      const page = await world.visit(address + path, { origins: [address], statuses: [403, 404] });
      await says(page, "body", /foreign-host/, path);
    }
    assert.equal(opened.reached.length, before);
  } finally {
    opened.end();
  }
});
