import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the endpoint answers: a token with these claims, or an HTTP status. */
export type IdentityAnswer = { readonly claims: Readonly<Record<string, unknown>> } | { readonly status: number };

/** A managed identity as a machine in Azure App Service has it: an address that gives out tokens. */
export interface IdentityEndpoint extends AsyncDisposable {
  /** What tells a program where it is; nothing else is needed to be signed in. */
  readonly env: Readonly<Record<string, string>>;
  /** Resources that tokens were asked for. */
  readonly asked: readonly string[];
  /** Every token given out. */
  readonly tokens: readonly string[];
}

const SECRET = "only-for-this-machine";
const TOKEN_SECONDS = 3600;

/** Claims that a storage service believes, as Microsoft Entra makes them. */
export function storageClaims(facts: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const now = Math.floor(Date.now() / 1000);
  const issuer = "https://sts.windows.net/00000000-0000-0000-0000-000000000001/";
  return { aud: "https://storage.azure.com", iss: issuer, iat: now - 10, nbf: now - 10, exp: now + TOKEN_SECONDS, ...facts };
}

/** Starts the endpoint on a free port of the loopback address. */
export async function startIdentityEndpoint(answer: IdentityAnswer = { claims: storageClaims() }): Promise<IdentityEndpoint> {
  const asked: string[] = [];
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    asked.push(searchParams.get("resource") ?? "");
    // Whoever is not on this machine does not know the header: that is all the protection there is.
    const status = request.headers["x-identity-header"] !== SECRET ? 401 : "status" in answer ? answer.status : 200;
    response.writeHead(status, { "content-type": "application/json" });
    if (status !== 200 || "status" in answer) return void response.end("{}");
    const token = tokenOf(answer.claims);
    tokens.push(token);
    const expires = String(Math.floor(Date.now() / 1000) + TOKEN_SECONDS);
    response.end(JSON.stringify({ access_token: token, expires_on: expires, resource: asked.at(-1), token_type: "Bearer" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    env: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: SECRET },
    asked,
    tokens,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A JSON web token; nobody here checks its signature. */
function tokenOf(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "RS256", typ: "JWT" }), part(claims), Buffer.from("unsigned").toString("base64url")].join(".");
}
