import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAppError } from "../shared/errors.ts";
import { describeSecret, readSecret } from "./secret.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-secret-"));
after(() => rmSync(folder, { recursive: true }));
const world = { env: { PATH: process.env["PATH"], CANARY: "s3cret" }, cwd: folder };

test("readSecret() drops one line break at the end and nothing else", async () => {
  writeFileSync(join(folder, "lf"), " two words \n\n");
  writeFileSync(join(folder, "crlf"), "pass\r\n");
  assert.equal(await readSecret({ file: join(folder, "lf") }, "password", world), " two words \n");
  assert.equal(await readSecret({ file: join(folder, "crlf") }, "password", world), "pass");
});

test("readSecret() reads an environment variable and the output of a command", async () => {
  assert.equal(await readSecret({ env: "CANARY" }, "password", world), "s3cret");
  assert.equal(await readSecret({ command: ["printf", "%s", "$CANARY; id"] }, "password", world), "$CANARY; id");
});

test("readSecret() throws E_CONFIG when the place is missing, empty or fails", async () => {
  writeFileSync(join(folder, "empty"), "\n");
  const refs = [
    { file: join(folder, "none") },
    { file: join(folder, "empty") },
    { env: "NOT_SET" },
    { command: ["false"] },
    { command: [join(folder, "nothing")] },
  ];
  for (const ref of refs) await assert.rejects(readSecret(ref, "password", world), (error) => isAppError(error, "E_CONFIG"));
});

test("readSecret() ends a command that prints without end", async () => {
  await assert.rejects(
    readSecret({ command: ["yes"] }, "password", world),
    (error) => isAppError(error, "E_CONFIG") && /printed too much/.test(error.why),
  );
});

test("readSecret() tells neither arguments nor output when a command fails", async () => {
  await assert.rejects(readSecret({ command: ["sh", "-c", "echo s3cret; exit 3"] }, "password", world), (error) => {
    assert.ok(isAppError(error, "E_CONFIG"));
    assert.match(error.why, /exit code 3/);
    assert.doesNotMatch(`${error.what} ${error.why} ${error.hint} ${String(error.cause)}`, /s3cret/);
    return true;
  });
});

test("describeSecret() names the place without the arguments of a command", () => {
  assert.equal(describeSecret({ file: "/a" }), "file /a");
  assert.equal(describeSecret({ env: "A" }), "environment variable A");
  assert.equal(describeSecret({ command: ["pass", "s3cret"] }), "command pass");
});
