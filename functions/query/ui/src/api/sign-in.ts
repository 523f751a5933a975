// Signs the reader in where the API asks for a JWT: OpenID Connect, authorization code with PKCE. The token stays in
// memory; another page load asks the provider again, which remembers the reader.
import * as oauth from "oauth4webapi";
import { BASE } from "../app/base.ts";

/** What the API says of its access rules, at `/ui/config.json`. */
export type Auth = {
  readonly mode: "none" | "aws_iam" | "jwt";
  readonly issuer?: string | null;
  readonly client_id?: string | null;
  readonly scope?: string | null;
};

/** Returns the headers that a request needs. */
export type Credentials = () => Promise<Record<string, string>>;

/** What has to survive the way to the provider and back. It holds no token. */
type Pending = { readonly verifier: string; readonly state: string; readonly nonce: string; readonly place: string };

const KEY = "logbraid.sign-in";
const DEFAULT_SCOPE = "openid";
/** A token that lasts no longer than this is replaced first, in ms. */
const MARGIN_MS = 30_000;
const DEFAULT_LIFETIME_S = 300;

/** Where the provider sends the reader back to. */
const redirectAddress = () => `${window.location.origin}${BASE}/ui/`;

/** Whether this address is the provider's answer. */
export function isAnswer(): boolean {
  return window.sessionStorage.getItem(KEY) !== null && new URLSearchParams(window.location.search).has("state");
}

let session: Promise<Session | undefined> | undefined;

/**
 * Signs the reader in, if that is how the API can be read. Returns what requests need from then on; `undefined` where the
 * API has no sign-in. Leaves the page for the provider where that is needed.
 */
export async function signIn(): Promise<Credentials | undefined> {
  session ??= open();
  const opened = await session;
  return opened && (() => opened.headers());
}

/** Asks the API how readers sign in, and does it. */
async function open(): Promise<Session | undefined> {
  const response = await fetch(`${BASE}/ui/config.json`);
  if (!response.ok) return undefined;
  const { auth } = (await response.json()) as { auth: Auth };
  return auth.mode === "jwt" ? Session.open(auth) : undefined;
}

/** A reader who is signed in. */
export class Session {
  private token = "";
  private expires = 0;
  private refreshToken: string | undefined;
  private readonly server: oauth.AuthorizationServer;
  private readonly client: oauth.Client;
  private readonly scope: string;
  private readonly options: { [oauth.allowInsecureRequests]?: boolean };

  private constructor(server: oauth.AuthorizationServer, clientId: string, scope: string) {
    this.server = server;
    this.client = { client_id: clientId };
    this.scope = scope;
    this.options = insecure(new URL(server.issuer));
  }

  /** Signs the reader in. Leaves the page for the provider where that is needed: the promise is pending then. */
  static async open(auth: Auth): Promise<Session> {
    if (!auth.issuer || !auth.client_id) throw new Error("The API asks for a sign-in, but does not say where.");
    const issuer = new URL(auth.issuer);
    const response = await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...insecure(issuer) });
    const server = await oauth.processDiscoveryResponse(issuer, response);
    const session = new Session(server, auth.client_id, auth.scope || DEFAULT_SCOPE);
    await session.finish();
    if (session.token === "") await session.leave();
    return session;
  }

  /** Returns the headers of a request. Asks the provider again where the token is about to expire. */
  async headers(): Promise<Record<string, string>> {
    if (Date.now() > this.expires - MARGIN_MS) await this.renew();
    return { authorization: `Bearer ${this.token}` };
  }

  /** Reads the provider's answer from the address, if there is one, and goes back to where the reader was. */
  private async finish(): Promise<void> {
    const here = new URL(window.location.href);
    const kept = window.sessionStorage.getItem(KEY);
    if (kept === null || !isAnswer()) return;
    window.sessionStorage.removeItem(KEY);
    const pending = JSON.parse(kept) as Pending;
    const parameters = oauth.validateAuthResponse(this.server, this.client, here, pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      this.server,
      this.client,
      oauth.None(),
      parameters,
      redirectAddress(),
      pending.verifier,
      this.options,
    );
    const result = await oauth.processAuthorizationCodeResponse(this.server, this.client, response, {
      expectedNonce: pending.nonce,
    });
    this.take(result);
    window.history.replaceState(null, "", pending.place);
  }

  /** Goes to the provider. The returned promise stays pending, since the page ends. */
  private async leave(): Promise<never> {
    const endpoint = this.server.authorization_endpoint;
    if (!endpoint) throw new Error("The sign-in provider has no authorization endpoint.");
    const pending: Pending = {
      verifier: oauth.generateRandomCodeVerifier(),
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      place: window.location.pathname + window.location.search,
    };
    window.sessionStorage.setItem(KEY, JSON.stringify(pending));
    const address = new URL(endpoint);
    const parameters = {
      client_id: this.client.client_id,
      redirect_uri: redirectAddress(),
      response_type: "code",
      scope: this.scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    window.location.assign(address);
    return new Promise<never>(() => undefined);
  }

  private async renew(): Promise<void> {
    if (this.refreshToken === undefined) return this.leave();
    try {
      const response = await oauth.refreshTokenGrantRequest(
        this.server,
        this.client,
        oauth.None(),
        this.refreshToken,
        this.options,
      );
      this.take(await oauth.processRefreshTokenResponse(this.server, this.client, response));
    } catch {
      // A refresh token may have ended; the provider decides whether the reader has to sign in again.
      await this.leave();
    }
  }

  private take(result: oauth.TokenEndpointResponse): void {
    this.token = result.access_token;
    this.refreshToken = result.refresh_token ?? this.refreshToken;
    this.expires = Date.now() + (result.expires_in ?? DEFAULT_LIFETIME_S) * 1_000;
  }
}

/** Lets requests to this machine go without TLS: for development and tests. */
function insecure(issuer: URL): { [oauth.allowInsecureRequests]?: boolean } {
  const isLocal = issuer.hostname === "127.0.0.1" || issuer.hostname === "localhost";
  return issuer.protocol === "http:" && isLocal ? { [oauth.allowInsecureRequests]: true } : {};
}
