import { ShapeError } from "../json/fields.ts";
import { StorageError } from "../protocol/errors.ts";

/** Where the control endpoint lies. No account has such a name. */
export const CONTROL_PREFIX = "/_emulator";

/** The largest body a control request may have. */
export const CONTROL_BODY_BYTES_MAX: number = 1024 * 1024;

/** A control request: nobody signs it, since only this machine can reach the server. */
export interface ControlRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  /** The body's text; empty for none. */
  readonly body: string;
}

/** What is sent back. */
export interface ControlAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What can be done with one name below the prefix; verbs that are left out are refused. What is returned is sent as JSON, lines of a text as they are. */
export interface ControlResource {
  readonly get?: (query: URLSearchParams) => unknown;
  readonly put?: (body: unknown) => unknown;
  readonly post?: (body: unknown) => unknown;
  readonly delete?: (query: URLSearchParams) => unknown;
}

/** True for targets that `answerControl` is for. */
export function isControl(target: string): boolean {
  return target === CONTROL_PREFIX || target.startsWith(`${CONTROL_PREFIX}/`) || target.startsWith(`${CONTROL_PREFIX}?`);
}

/** Answers a control request; never throws for what a request can contain. */
export async function answerControl(
  { method, target, body }: ControlRequest,
  resources: Readonly<Record<string, ControlResource>>,
): Promise<ControlAnswer> {
  const url = new URL(target, "http://control");
  const name = url.pathname.slice(CONTROL_PREFIX.length + 1).replace(/\/$/, "");
  if (name === "") return json(200, { resources: Object.fromEntries(Object.entries(resources).map(([key, one]) => [key, verbsOf(one)])) });
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
  if (resource === undefined) return problem(404, `there is no ${name} here`, `one of ${Object.keys(resources).join(", ")}`);
  try {
    const call = callOf(resource, method, { query: url.searchParams, body });
    if (call === undefined) return problem(405, `${name} cannot be asked with ${method}`, `it takes ${verbsOf(resource).join(", ")}`);
    return toAnswer(await call());
  } catch (error) {
    if (error instanceof ShapeError) return problem(400, error.message, "see the README of the emulator for the shape");
    if (error instanceof StorageError) return problem(400, error.message, `the service calls it ${error.code}`);
    if (error instanceof SyntaxError) return problem(400, `the body is not JSON: ${error.message}`, "send a JSON object");
    throw error;
  }
}

interface Input {
  readonly query: URLSearchParams;
  readonly body: string;
}

function callOf(resource: ControlResource, method: string, { query, body }: Input): (() => unknown) | undefined {
  const { get, put, post, delete: remove } = resource;
  if (method === "GET" && get !== undefined) return () => get(query);
  if (method === "PUT" && put !== undefined) return () => put(JSON.parse(body));
  if (method === "POST" && post !== undefined) return () => post(JSON.parse(body));
  if (method === "DELETE" && remove !== undefined) return () => remove(query);
  return undefined;
}

function verbsOf(resource: ControlResource): readonly string[] {
  return Object.keys(resource).map((verb) => verb.toUpperCase());
}

function toAnswer(result: unknown): ControlAnswer {
  if (result === undefined) return { status: 204, contentType: "", body: "" };
  if (typeof result === "string") return { status: 200, contentType: "application/x-ndjson", body: result };
  return json(200, result);
}

function json(status: number, value: unknown): ControlAnswer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value, undefined, 2)}\n` };
}

function problem(status: number, error: string, hint: string): ControlAnswer {
  return json(status, { error, hint });
}
