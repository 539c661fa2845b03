import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { hasCode, objectStoreSuite, patternBytes } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { systemClock } from "../shared/clock.ts";
import { systemRandom } from "../shared/random.ts";
import { RequestGauge } from "../telemetry/request-gauge.ts";
import { parseLocation } from "./location.ts";
import { newStoreMeter } from "./meter/meter-store.ts";
import { createContainer, openStore } from "./open-store.ts";

const deps = { clock: systemClock, random: systemRandom };

objectStoreSuite("openStore() of a folder", async () => {
  const folder = await tempFolder("open");
  return { connect: () => openStore(parseLocation(folder.path, {}), deps), dispose: folder.remove };
});

test("openStore() is E_STORE_CONTAINER when the folder is missing, and makes it when asked", async () => {
  await using folder = await tempFolder();
  const spec = parseLocation(join(folder.path, "a", "b"), {});
  await assert.rejects(openStore(spec, deps), hasCode("E_STORE_CONTAINER"));
  await (await openStore(spec, { ...deps, create: true })).create("varve.repo", []);
  await createContainer(spec, deps);
  assert.ok(await (await openStore(spec, deps)).stat("varve.repo"));
});

test("openStore() counts into the meter it is given", async () => {
  await using folder = await tempFolder();
  const meter = newStoreMeter();
  const store = await openStore(parseLocation(folder.path, {}), { ...deps, meter, limits: { callsMax: 2 } });
  await store.create("a", [patternBytes(10)]);
  await store.read("a", { offset: 0, length: 4 });
  assert.deepEqual([meter.calls.create, meter.bytesCreated, meter.bytesReceived, store.capabilities.concurrency], [1, 10, 4, 2]);
});

test("stores that are opened from one spec count into its gauge together", async () => {
  await using folder = await tempFolder();
  const gauge = new RequestGauge();
  const spec = { ...parseLocation(folder.path, {}), gauge: gauge.memory };
  const stores = [await openStore(spec, deps), await openStore(structuredClone(spec), deps)];
  for (const store of stores) await store.stat("a");
  assert.equal(gauge.counts.requests, 2);
});

test("openStore() of a folder never loads the Azure SDK", async () => {
  await using folder = await tempFolder();
  const program = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context); } });
    const { openStore } = await import("./open-store.ts");
    const { parseLocation } = await import("./location.ts");
    const { systemClock } = await import("../shared/clock.ts");
    const { systemRandom } = await import("../shared/random.ts");
    const store = await openStore(parseLocation(process.argv[1], {}), { clock: systemClock, random: systemRandom });
    await store.create("a", []);
    process.stdout.write(JSON.stringify(seen));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program, folder.path], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  });
  const seen = JSON.parse(stdout) as string[];
  assert.ok(seen.includes("./local/local-store.ts"), "the hook sees imports");
  assert.deepEqual(
    seen.filter((name) => name.startsWith("@azure")),
    [],
  );
});
