import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { EMULATOR_ACCOUNT } from "../../src/shared/azure-account.ts";
import { tempFolder } from "../support/temp.ts";
import { showsStack, VarveProgram } from "../support/varve-program.ts";

/** An address of this machine at which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/${EMULATOR_ACCOUNT}`;
}

test("an address at which nobody listens is told at once, and given up within seconds: container, share, GUID-named blobs", async () => {
  await using folder = await tempFolder("nobody-listens");
  const url = await deadAddress();
  const varve = new VarveProgram(`${folder.path}/home`, { VARVE_PASSWORD: "x", VARVE_SOURCE_ENDPOINT: url });
  const mapping = `${varve.home}/mapping.json`;
  writeFileSync(mapping, "{}");
  const runs = [
    ["snapshots", "--repo", `${url}/box`],
    ["scan", `azfiles://${EMULATOR_ACCOUNT}/projects`],
    ["guid", "restore", "--mapping", mapping, "--container", `${url}/box`, "--to", `${varve.home}/out`, "--metrics-log", "none"],
  ].map((args) => varve.run(...args));
  for (const { code, stderr } of await Promise.all(runs)) {
    assert.equal(code, 7, stderr);
    assert.match(stderr, /^cannot .+connection failed.+; trying again$/m);
    assert.match(stderr, /^error: cannot .+\nwhy: {3}the connection failed.+; tried \d+ times\nhint: {2}.+\n$/m);
    assert.ok(!showsStack(stderr), stderr);
  }
});
