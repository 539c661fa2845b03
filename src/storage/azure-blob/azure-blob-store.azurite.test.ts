import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { startAzurite } from "../../../test/support/azurite.ts";
import type { Azurite } from "../../../test/support/azurite.ts";
import { hasCode, listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { makeSas } from "../../../test/support/sas.ts";
import { systemClock } from "../../shared/clock.ts";
import type { ObjectStore } from "../object-store.ts";
import { createBlobContainer, openAzureBlobStore } from "./azure-blob-store.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";

const deps = { clock: systemClock };
let azurite: Azurite;
let containers = 0;

before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

function specOf(part: Partial<AzureBlobSpec> = {}): AzureBlobSpec {
  const { account, serviceUrl, key } = azurite;
  return { kind: "azure-blob", account, serviceUrl, container: "backup", prefix: "a/b/", credential: { kind: "key", key }, ...part };
}

/** A fresh container, reached with the account's key. */
async function freshContainer(): Promise<AzureBlobSpec> {
  containers += 1;
  const spec = specOf({ container: `backup-${containers}` });
  await createBlobContainer(spec, deps);
  return spec;
}

async function withSas(spec: AzureBlobSpec, permissions: string): Promise<AzureBlobSpec> {
  return { ...spec, credential: { kind: "sas", sas: await makeSas(azurite, spec.container, permissions) } };
}

objectStoreSuite("azure-blob store on Azurite with a key", async () => {
  const spec = await freshContainer();
  return { connect: async () => openAzureBlobStore(spec, deps), dispose: async () => undefined };
});

objectStoreSuite("azure-blob store on Azurite with a SAS", async () => {
  const spec = await withSas(await freshContainer(), "rcld");
  return { connect: async () => openAzureBlobStore(spec, deps), dispose: async () => undefined };
});

test("create() needs no more than a create-only SAS, and answers exists", async () => {
  const spec = await freshContainer();
  const store = openAzureBlobStore(await withSas(spec, "c"), deps);
  assert.equal(await store.create("packs/aa/x", [patternBytes(10)]), "created");
  assert.equal(await store.create("packs/aa/x", [patternBytes(11)]), "exists");
  await assert.rejects(store.read("packs/aa/x"), hasCode("E_STORE_DENIED"));
  await assert.rejects(listed(store), hasCode("E_STORE_DENIED"));
  await assert.rejects(store.remove("packs/aa/x"), hasCode("E_STORE_DENIED"));
  assert.deepEqual(await listed(openAzureBlobStore(spec, deps)), [{ key: "packs/aa/x", size: 10 }]);
});

test("every call is E_STORE_DENIED with a wrong key, is final, and shows no secret", async () => {
  const spec = await freshContainer();
  const key = Buffer.from("SeCrEt wrong key").toString("base64");
  await expectDenied(openAzureBlobStore({ ...spec, credential: { kind: "key", key } }, deps), key);
});

test("every call is E_STORE_DENIED with a forged SAS, and neither message nor data show the signature", async () => {
  const { credential, ...spec } = await withSas(await freshContainer(), "rcld");
  assert.equal(credential.kind, "sas");
  const sas = new URLSearchParams(credential.kind === "sas" ? credential.sas : "");
  const signature = Buffer.from("SeCrEt forged signature").toString("base64");
  sas.set("sig", signature);
  await expectDenied(openAzureBlobStore({ ...spec, credential: { kind: "sas", sas: sas.toString() } }, deps), signature);
});

async function expectDenied(store: ObjectStore, secret: string): Promise<void> {
  const calls = [
    () => store.create("a", [patternBytes(4)]),
    () => store.read("a"),
    () => store.stat("a"),
    () => store.remove("a"),
    () => listed(store),
  ];
  for (const call of calls) {
    await assert.rejects(call(), (error) => {
      hasCode("E_STORE_DENIED")(error);
      const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
      for (const form of [secret, encodeURIComponent(secret), "sig="]) assert.ok(!shown.includes(form), shown);
      const { retryable, data } = error as { retryable: boolean; data: Record<string, unknown> };
      assert.equal(retryable, false);
      assert.equal(typeof data["requestId"], "string");
      return true;
    });
  }
}

test("every call is E_STORE_CONTAINER when the container does not exist", async () => {
  const store = openAzureBlobStore(specOf({ container: "never-made" }), deps);
  const calls = [() => store.create("a", []), () => store.read("a"), () => store.stat("a"), () => store.remove("a"), () => listed(store)];
  for (const call of calls) await assert.rejects(call(), hasCode("E_STORE_CONTAINER"));
});

test("createBlobContainer() succeeds when the container is there, and with a SAS that may not make one", async () => {
  const spec = await freshContainer();
  await createBlobContainer(spec, deps);
  await createBlobContainer(await withSas(spec, "rcl"), deps);
  const wrong = { kind: "key", key: Buffer.from("wrong").toString("base64") } as const;
  await assert.rejects(createBlobContainer({ ...spec, credential: wrong }, deps), hasCode("E_STORE_DENIED"));
});

test("calls are E_STORE_UNAVAILABLE and retryable when nothing listens", async () => {
  const deaf = openAzureBlobStore(specOf({ serviceUrl: "http://127.0.0.1:1/acct" }), deps);
  await assert.rejects(deaf.stat("a"), (error) => hasCode("E_STORE_UNAVAILABLE")(error) && (error as { retryable: boolean }).retryable);
});

test("create() and list() make one request an object and one a page", async () => {
  const spec = await freshContainer();
  let requests = 0;
  const store = openAzureBlobStore(spec, { ...deps, onRequest: () => (requests += 1), bounds: { pageObjectsMax: 10 } });
  const keys = Array.from({ length: 21 }, (_, index) => `index/${index}`);
  await Promise.all(keys.map((key) => store.create(key, [patternBytes(3)])));
  assert.equal(requests, 21);
  assert.deepEqual(new Set((await listed(store)).map(({ key }) => key)), new Set(keys));
  assert.equal(requests, 24);
});

test("stores with other prefixes in one container do not see each other's objects", async () => {
  const spec = await freshContainer();
  await openAzureBlobStore(spec, deps).create("index/1", [patternBytes(3)]);
  assert.deepEqual(await listed(openAzureBlobStore({ ...spec, prefix: "a/" }, deps), "index/"), []);
  assert.deepEqual(await listed(openAzureBlobStore({ ...spec, prefix: "a/bb/" }, deps)), []);
  assert.deepEqual(await listed(openAzureBlobStore({ ...spec, prefix: "" }, deps)), [{ key: "a/b/index/1", size: 3 }]);
});
