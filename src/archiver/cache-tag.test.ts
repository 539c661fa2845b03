import assert from "node:assert/strict";
import { test } from "node:test";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { cacheTagReader } from "./cache-tag.ts";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

test("cacheTagReader() takes a tag for real when it begins with the signature, whatever follows", async () => {
  const source = new MemorySource("tags");
  const isTag = cacheTagReader({ kind: "memory", name: "tags" });
  const put = (directory: string, content: string): void => {
    source.tree.put(byteStringOf(`${directory}/CACHEDIR.TAG`), { content: Buffer.from(content) });
  };
  put("exact", SIGNATURE);
  put("more", `${SIGNATURE}\n# comment`);
  put("short", SIGNATURE.slice(0, -1));
  put("empty", "");
  put("wrong", SIGNATURE.replace("8a", "8b"));
  put("later", ` ${SIGNATURE}`);
  const real: string[] = [];
  for (const name of ["exact", "more", "short", "empty", "wrong", "later", "missing"]) if (await isTag(byteStringOf(name))) real.push(name);
  assert.deepEqual(real, ["exact", "more"]);
  source.close();
});

test("cacheTagReader() takes a tag that cannot be read for none", async () => {
  const source = new MemorySource("unreadable");
  source.tree.put(byteStringOf("a/CACHEDIR.TAG"), { content: Buffer.from(SIGNATURE) });
  const isTag = cacheTagReader({ kind: "memory", name: "unreadable" });
  source.setFaults(byteStringOf("a/CACHEDIR.TAG"), { read: new AppError({ code: "E_SOURCE_READ", what: "cannot read" }) });
  assert.equal(await isTag(byteStringOf("a")), false);
  source.setFaults(byteStringOf("a/CACHEDIR.TAG"), {});
  assert.equal(await isTag(byteStringOf("a")), true);
  source.close();
  assert.equal(await isTag(byteStringOf("a")), false);
});
