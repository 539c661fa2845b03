import assert from "node:assert/strict";
import { test } from "node:test";
import { REPOSITORY_KEY } from "../format/object-keys.ts";
import { ManualClock } from "../shared/clock.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { initMemory, openIn } from "../../test/support/memory-repository.ts";
import { openRepository } from "./open.ts";

async function refused(objects: Map<string, Uint8Array>, code: ErrorCode): Promise<void> {
  await assert.rejects(openIn(new MemoryStore(objects)), (error) => isAppError(error, code));
}

/** The repository file of a fresh repository, with one byte replaced. */
async function altered(at: number, value: (byte: number) => number): Promise<Map<string, Uint8Array>> {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const body = objects.get(REPOSITORY_KEY);
  assert.ok(body !== undefined);
  objects.set(REPOSITORY_KEY, body.with(at < 0 ? body.length + at : at, value(body.at(at) ?? 0)));
  return objects;
}

test("openRepositoryIn() is E_REPO_NOT_FOUND where there is no repository file, slots or not", async () => {
  await refused(new Map(), "E_REPO_NOT_FOUND");
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  objects.delete(REPOSITORY_KEY);
  await refused(objects, "E_REPO_NOT_FOUND");
});

test("openRepository() is E_REPO_NOT_FOUND for a folder that is missing or empty, and makes neither", async () => {
  await using folder = await tempFolder("open");
  for (const path of [`${folder.path}/missing`, folder.path]) {
    const opening = openRepository({
      spec: { kind: "local", path },
      secret: {},
      cacheDirectory: undefined,
      clock: new ManualClock(),
      random: systemRandom,
    });
    await assert.rejects(opening, (error) => isAppError(error, "E_REPO_NOT_FOUND") && error.hint.includes("varve init"));
  }
});

test("openRepositoryIn() names a newer version before it looks at anything else", async () => {
  const objects = await altered(8, () => 9);
  for (const key of objects.keys()) if (key.startsWith("keys/")) objects.delete(key);
  await refused(objects, "E_REPO_VERSION");
});

test("openRepositoryIn() refuses a repository file that was altered, wherever", async () => {
  for (const at of [0, 30, 40, -40, -1]) await refused(await altered(at, (byte) => byte ^ 1), "E_CORRUPT");
});

test("openRepositoryIn() needs a password when no slot is plain", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects, { password: "password" });
  await refused(objects, "E_PASSWORD_MISSING");
  await assert.rejects(openIn(new MemoryStore(objects), { secret: { password: "passwort" } }), (error) => isAppError(error, "E_PASSWORD"));
  assert.equal((await openIn(new MemoryStore(objects), { secret: { password: "password" } })).encrypted, true);
});

test("openRepositoryIn() needs no password for a repository without one, and takes any", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const repository = await openIn(new MemoryStore(objects), { secret: { password: "whatever" } });
  assert.deepEqual([repository.encrypted, repository.formatVersion], [false, 1]);
});
