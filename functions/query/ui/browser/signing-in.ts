// Where the API asks for a JWT: the reader signs in at a provider, and the token never leaves the page's memory.
import assert from "node:assert/strict";
import { order, uid } from "./data.ts";
import { test, until } from "./harness.ts";
import { gateway, Provider } from "./oidc.ts";

const NAME = "signing-in";
const ORDER = uid(NAME);
/** An API that names a provider, and the port of that provider. */
const { PAGE_JWT_URL = "", PAGE_OIDC_PORT = "" } = process.env;

test("who has no token signs in, and comes back to the same place", async (world) => {
  assert.ok(
    PAGE_JWT_URL !== "" && PAGE_OIDC_PORT !== "",
    "PAGE_JWT_URL and PAGE_OIDC_PORT name the API and the provider",
  );
  await world.put(order(NAME));
  const provider = new Provider(Number(PAGE_OIDC_PORT));
  const { address, close } = await gateway(PAGE_JWT_URL, provider);
  try {
    const path = `/ui/transactions/${ORDER}?level=ERROR`;
    const look = { statuses: [401], origins: [address, provider.issuer] };
    const page = await world.visit(address + path, look);
    await until(() => page.locator(".row").count(), 1);
    assert.equal(page.url(), address + path);
    assert.equal(provider.visits, 1);
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    assert.ok(!provider.issued(kept), `a token is kept outside of memory: ${kept}`);
    // The provider forgets the tokens: the next load signs in again.
    provider.forget();
    await page.reload();
    await until(() => page.locator(".row").count(), 1);
    assert.equal(provider.visits, 2);
  } finally {
    close();
    provider.close();
  }
});
