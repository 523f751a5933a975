// With tenants, the page shows the records of who signed in, and says why it shows none.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { sent, uid } from "./data.ts";
import { test, until } from "./harness.ts";
import { gateway, Provider } from "./oidc.ts";
import { messages, shows, text, texts, transaction } from "./steps.ts";
import type { World } from "./world.ts";

/** An API with tenants that names a provider, and the port of that provider. */
const { PAGE_TENANTS_URL = "", PAGE_OIDC_PORT = "" } = process.env;

const RECORDS = [
  sent(uid("shared"), 0, "till", "INFO", "acme sold one", { tenant: "acme" }),
  sent(uid("shared"), 5, "till", "ERROR", "umbra sold one", { tenant: "umbra" }),
  sent(uid("foreign"), 9, "vault", "ERROR", "umbra counted", { tenant: "umbra" }),
];

/** Signs in with these claims, and opens a page. */
async function as(
  world: World,
  claims: Record<string, string>,
  path: string,
  statuses: readonly number[],
  look: (page: Page) => Promise<unknown>,
): Promise<void> {
  assert.ok(PAGE_TENANTS_URL !== "" && PAGE_OIDC_PORT !== "", "PAGE_TENANTS_URL and PAGE_OIDC_PORT name both");
  await world.put(RECORDS);
  const provider = new Provider(Number(PAGE_OIDC_PORT));
  provider.claims = claims;
  const { address, close } = await gateway(PAGE_TENANTS_URL, provider);
  try {
    const page = await world.visit(address + path, {
      statuses: [401, ...statuses],
      origins: [address, provider.issuer],
    });
    // The page has been to the provider and back.
    await page.locator(".row, .empty, [role=alert]").first().waitFor();
    await look(page);
  } finally {
    close();
    provider.close();
  }
}

test("who signs in as a tenant sees its records of a transaction, and nothing of the others", async (world) => {
  await as(world, { tenant: "acme" }, transaction("shared"), [], async (page) => {
    await until(() => texts(page, ".panel .message"), ["acme sold one"]);
    // What would tell of all tenants is left out.
    assert.doesNotMatch(await text(page, ".facts"), /filed until|set aside|searched|null/);
    assert.equal(await page.locator("p.notice").count(), 0);
    assert.doesNotMatch((await page.locator("body").textContent()) ?? "", /umbra/);
    await world.picture(page, "tenant");
  });
  await as(world, { tenant: "umbra" }, transaction("shared"), [], async (page) => {
    await until(() => texts(page, ".panel .message"), ["umbra sold one"]);
  });
  await as(world, { tenant: "*" }, transaction("shared"), [], (page) =>
    shows(page, ["acme sold one", "umbra sold one"]),
  );
});

test("a tenant's search and list have its own records, and a transaction of others is unknown", async (world) => {
  await as(world, { tenant: "acme" }, "/ui/logs?q=sold&from=-1h", [], async (page) => {
    await shows(page, ["acme sold one"]);
    await page.goto(new URL("/ui/transactions?from=-1h", page.url()).href);
    await page.locator("tbody tr").first().waitFor();
    assert.doesNotMatch((await page.locator("body").textContent()) ?? "", /umbra|vault|browser-foreign/);
  });
  await as(world, { tenant: "acme" }, transaction("foreign"), [404], async (page) => {
    await page.getByRole("heading", { name: `No record has the uid ${uid("foreign")}`, exact: true }).waitFor();
    const said = (await page.locator(".empty").textContent()) ?? "";
    assert.equal(said.split("No record has").length, 2, said);
    await world.picture(page, "tenant-unknown");
  });
});

test("who has a token without a tenant is told what it lacks", async (world) => {
  for (const [path, name] of [
    [transaction("shared"), "no-tenant"],
    ["/ui/logs?q=sold", "no-tenant-search"],
    ["/ui/tail", "no-tenant-tail"],
  ] as const) {
    await as(world, {}, path, [403], async (page) => {
      const told = page.getByRole("alert").first();
      await until(async () => ((await told.textContent()) ?? "").includes("no claim `tenant`"), true, path);
      // It would be refused again.
      assert.equal(await page.getByRole("button", { name: "Try again", exact: true }).count(), 0, path);
      assert.deepEqual(await messages(page), []);
      await world.picture(page, name);
    });
  }
});
