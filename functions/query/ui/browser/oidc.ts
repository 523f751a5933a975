// A small OpenID Connect provider, and a gateway that asks for its tokens as API Gateway does.
import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const CLIENT = "logbraid-page";
const LIFETIME_S = 300;
/** What anybody may read: the page itself. */
const PUBLIC = /^\/($|ui(\/|$)|assets\/)/;

type Code = { readonly challenge: string; readonly redirect: string; readonly nonce: string };

/** What a token says besides who it is of. */
type Claims = Readonly<Record<string, string>>;

/** A provider on a port of this machine. It signs everybody in. */
export class Provider {
  /** What the next tokens say. */
  claims: Claims = {};
  /** How often somebody was sent here to sign in. */
  visits = 0;
  private readonly codes = new Map<string, Code>();
  /** The claims of each token that was issued. */
  private readonly tokens = new Map<string, Claims>();
  private readonly key = generateKeyPairSync("rsa", { modulusLength: 2048 });
  private readonly server: Server;
  readonly issuer: string;

  constructor(port: number) {
    this.issuer = `http://127.0.0.1:${port}`;
    this.server = createServer((asked, answer) => void this.answer(asked, answer)).listen(port, "127.0.0.1");
  }

  /** Returns the claims of a header's token, if the provider issued it. */
  claimsOf(authorization: string | undefined): Claims | undefined {
    return this.tokens.get(authorization?.replace(/^Bearer /, "") ?? "");
  }

  /** Whether a text holds a token that was issued. */
  issued(text: string): boolean {
    return [...this.tokens.keys()].some((token) => text.includes(token));
  }

  /** Makes all tokens invalid, as their end does. */
  forget(): void {
    this.tokens.clear();
  }

  close(): void {
    this.server.close();
  }

  private async answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(asked.url ?? "/", this.issuer);
    const json = (body: unknown, status = 200) => {
      answer.writeHead(status, { "content-type": "application/json", "access-control-allow-origin": "*" });
      answer.end(JSON.stringify(body));
    };
    if (url.pathname === "/.well-known/openid-configuration") return json(this.metadata());
    if (url.pathname === "/authorize") return this.authorize(url, answer);
    if (url.pathname === "/token") return json(...this.exchange(new URLSearchParams(await text(asked))));
    return json({ error: "not_found" }, 404);
  }

  private metadata(): unknown {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
    };
  }

  private authorize(url: URL, answer: ServerResponse): void {
    this.visits += 1;
    const get = (name: string) => url.searchParams.get(name) ?? "";
    const isRight =
      get("client_id") === CLIENT && get("response_type") === "code" && get("code_challenge_method") === "S256";
    if (!isRight) {
      answer.writeHead(400).end();
      return;
    }
    const code = randomUUID();
    this.codes.set(code, { challenge: get("code_challenge"), redirect: get("redirect_uri"), nonce: get("nonce") });
    const back = new URL(get("redirect_uri"));
    back.searchParams.set("code", code);
    back.searchParams.set("state", get("state"));
    answer.writeHead(302, { location: back.href }).end();
  }

  /** Exchanges a code for tokens: once, and only with the verifier that belongs to its challenge. */
  private exchange(form: URLSearchParams): [body: unknown, status: number] {
    const given = this.codes.get(form.get("code") ?? "");
    this.codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!given || given.challenge !== challenge || given.redirect !== form.get("redirect_uri")) {
      return [{ error: "invalid_grant" }, 400];
    }
    const token = randomUUID();
    this.tokens.set(token, this.claims);
    const issued = {
      access_token: token,
      token_type: "Bearer",
      expires_in: LIFETIME_S,
      id_token: this.idToken(given.nonce),
    };
    return [issued, 200];
  }

  private idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, sub: "reader", aud: CLIENT, iat: now, exp: now + LIFETIME_S, nonce };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.key.privateKey, "base64url")}`;
  }
}

/**
 * Passes requests on to the API if they are public or carry a token, whose claims it writes into a header. Returns its address
 * and how to close it.
 */
export async function gateway(base: string, provider: Provider): Promise<{ address: string; close: () => void }> {
  const server = createServer((asked, answer) => {
    const claims = provider.claimsOf(asked.headers.authorization);
    if (!PUBLIC.test(asked.url ?? "") && !claims) {
      answer.writeHead(401, { "content-type": "application/json" }).end('{"message":"Unauthorized"}');
      return;
    }
    const headers = { ...asked.headers, host: new URL(base).host, "x-checked-claims": JSON.stringify(claims ?? null) };
    const passed = request(base + (asked.url ?? "/"), { method: asked.method ?? "GET", headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    passed.on("error", () => answer.writeHead(502).end());
    passed.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function text(asked: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of asked) body += chunk;
  return body;
}
