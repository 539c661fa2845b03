import assert from "node:assert/strict";
import { test } from "node:test";
import { secretInClear } from "./secrets-in-clear.ts";

test("secretInClear() lets keys pass, a SAS over https or on this machine, and tokens over https", () => {
  for (const [url, passes] of [
    ["https://acct.blob.core.windows.net", ["key", "sas", "default"]],
    ["http://acct.blob.core.windows.net", ["key"]],
    ["http://10.0.0.1:10000/acct", ["key"]],
    ["http://127.0.0.1.example/acct", ["key"]],
    ["http://127.0.0.1:10000/acct", ["key", "sas"]],
    ["http://127.255.0.9/acct", ["key", "sas"]],
    ["http://localhost:1/acct", ["key", "sas"]],
    ["http://[::1]:1/acct", ["key", "sas"]],
  ] as const)
    assert.deepEqual(
      (["key", "sas", "default"] as const).filter((kind) => secretInClear(url, kind) === undefined),
      passes,
      url,
    );
});
