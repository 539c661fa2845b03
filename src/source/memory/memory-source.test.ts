import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceSuite, type SourceFixture } from "../../../test/support/source-suite.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, joinPath, type ByteString } from "../../shared/bytes.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { openReader } from "../open.ts";
import { MemorySource } from "./memory-source.ts";

const ROOT = "" as ByteString;
const bytes = byteStringOf;

async function make(): Promise<SourceFixture> {
  const source = new MemorySource("suite");
  const { tree } = source;
  return {
    source,
    openReader: () => openReader({ kind: "memory", name: "suite" }),
    put: async ({ path, ...item }) => {
      const parent = path.includes("/") ? tree.find(path.slice(0, path.lastIndexOf("/")) as ByteString) : tree.root;
      const there = parent.children?.get(path.slice(path.lastIndexOf("/") + 1) as ByteString);
      if (there === undefined) tree.put(path, item);
      else tree.update(path, item);
    },
    putNames: async (directory, names) => names.forEach((name) => tree.put(joinPath(directory, bytes(name)), {})),
    link: async (existing, path) => tree.link(existing, path),
    rename: async (from, to) => tree.rename(from, to),
    remove: async (path) => tree.remove(path),
    [Symbol.asyncDispose]: async () => source.close(),
  };
}

const features = { symlinks: true, specials: true, hardLinks: true, attributes: true, byteNames: true, holes: true, timeStepNs: 1n };
sourceSuite({ name: "memory", features, make });

const fault = new AppError({ code: "E_SOURCE_READ", what: "planned" });

test("setFaults() makes listing, opening and reading of that path fail, and nothing else", async () => {
  const source = new MemorySource("faults");
  source.tree.put(bytes("folder/file"), { content: Buffer.from("x") });
  source.tree.put(bytes("folder/other"), { content: Buffer.from("y") });
  source.setFaults(bytes("folder"), { list: fault });
  assert.throws(() => [...source.list(bytes("folder"))], fault);
  source.setFaults(bytes("folder"), {});
  source.setFaults(bytes("folder/file"), { open: fault });
  const reader = await openReader({ kind: "memory", name: "faults" });
  assert.throws(() => reader.open(bytes("folder"), bytes("file")), fault);
  source.setFaults(bytes("folder/file"), { read: fault });
  const open = await reader.open(bytes("folder"), bytes("file"));
  assert.throws(() => open.read(new Uint8Array(1), 0), fault);
  const other = await reader.open(bytes("folder"), bytes("other"));
  assert.equal(await other.read(new Uint8Array(5), 0), 1);
  source.close();
});

test("list() goes on without an entry that fails when somebody is told of it", () => {
  const source = new MemorySource("look");
  source.tree.put(bytes("bad"), {});
  source.tree.put(bytes("good"), {});
  source.setFaults(bytes("bad"), { look: fault });
  assert.throws(() => [...source.list(ROOT)], fault);
  const told: unknown[] = [];
  const names = [...source.list(ROOT, { onError: (name, error) => told.push([name, error]) })].flat().map(({ name }) => name);
  assert.deepEqual([names, told], [["good"], [["bad", fault]]]);
  source.close();
});

test("onAccess is called before each listing, opening and reading", async () => {
  const source = new MemorySource("access");
  source.tree.put(bytes("file"), { content: Buffer.from("first") });
  const calls: string[] = [];
  source.onAccess = (action, path) => {
    calls.push(`${action} ${path}`);
    if (action === "read") source.tree.update(bytes("file"), { content: Buffer.from("second") });
  };
  assert.equal([...source.list(ROOT)].flat().length, 1);
  const reader = await openReader({ kind: "memory", name: "access" });
  const open = await reader.open(ROOT, bytes("file"));
  const into = new Uint8Array(10);
  assert.equal(Buffer.from(into.subarray(0, await open.read(into, 0))).toString(), "second");
  assert.deepEqual(calls, ["list ", "open file", "read file"]);
  source.close();
});

test("a reader of a closed or unknown source is E_SOURCE_MISSING", async () => {
  new MemorySource("closed").close();
  for (const name of ["closed", "never made"]) {
    await assert.rejects(openReader({ kind: "memory", name }), (error) => isAppError(error, "E_SOURCE_MISSING"));
  }
});

test("the tree keeps facts a test has set and counts links", () => {
  const source = new MemorySource("facts");
  source.tree.put(bytes("a/b"), { kind: ENTRY_KIND.blockDevice, device: 77n, mode: 0o4755, uid: 5, modifiedNs: -3n });
  source.tree.link(bytes("a/b"), bytes("c"));
  source.tree.remove(bytes("a/b"));
  const [node] = [...source.list(ROOT)].flat().filter(({ name }) => name === "c");
  assert.deepEqual(
    [node?.kind, node?.device, node?.mode, node?.uid, node?.modifiedNs, node?.links],
    [ENTRY_KIND.blockDevice, 77n, 0o4755, 5, -3n, 1],
  );
  source.close();
});
