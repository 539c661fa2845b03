import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { RestError, ShareServiceClient, StorageSharedKeyCredential, type ShareClient } from "@azure/storage-file-share";
import type { Backend } from "../src/backend/backend.ts";
import { openDiskBackend } from "../src/backend/disk/disk-backend.ts";
import type { Clock } from "../src/protocol/clock.ts";
import { startEmulator, type Emulator, type EmulatorOptions } from "../src/index.ts";

/** An emulator of one test, and the unmodified SDK that talks to it. */
export interface Fixture {
  readonly emulator: Emulator;
  readonly service: ShareServiceClient;
  /** A new share. */
  readonly share: ShareClient;
  readonly location: string;
}

/** What a test may want differently. */
export interface FixtureOptions extends Partial<Omit<EmulatorOptions, "store">> {
  /** Gets the backend, for what would take too long over HTTP. */
  readonly onBackend?: (backend: Backend) => void;
}

/** Starts an emulator on a folder of its own; both are gone when the test is over. */
export async function startFixture(t: TestContext, { onBackend, ...options }: FixtureOptions = {}): Promise<Fixture> {
  const location = await mkdtemp(join(tmpdir(), "emulator-"));
  const bugs: unknown[] = [];
  const store = (clock: Clock): Backend => {
    const backend = openDiskBackend(location, clock);
    onBackend?.(backend);
    return backend;
  };
  const emulator = await startEmulator({ store, onBug: (error) => bugs.push(error), ...options });
  t.after(async () => {
    await emulator.close();
    await rm(location, { recursive: true, force: true });
    assert.deepEqual(bugs, [], "nothing but StorageErrors was thrown");
  });
  const service = serviceOf(emulator);
  const share = service.getShareClient("share");
  await share.create();
  return { emulator, service, share, location };
}

/** The SDK's client of the emulator; it does not try again, so that each error is seen at once. */
export function serviceOf({ url, account, key }: Pick<Emulator, "url" | "account" | "key">): ShareServiceClient {
  return new ShareServiceClient(url, new StorageSharedKeyCredential(account, key), { retryOptions: { maxTries: 1 } });
}

/** Expects the service's error. */
export async function refuses(work: Promise<unknown>, status: number, code: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RestError, String(error));
    assert.deepEqual([error.statusCode, error.code], [status, code]);
    return true;
  });
}

/** What the SDK's typed results leave out: the answer's headers as they came. */
export function rawHeaders(result: {
  readonly _response: { readonly headers: { toJson(): Record<string, string> } };
}): Record<string, string> {
  return result._response.headers.toJson();
}

/** What the SDK's typed results leave out: the answer's body as it came. */
export function rawBody(result: { readonly _response: { readonly bodyAsText: string } }): string {
  return result._response.bodyAsText;
}

/** All items of an SDK listing. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Bytes that differ at every place, so that a wrong offset shows. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + index) >>> 0;
    bytes[index] = state & 0xff;
  }
  return bytes;
}
