import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { all, pattern, serviceOf } from "./emulator-fixture.ts";
import { startEmulatorProcess } from "./support/emulator-process.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { DEFAULT_ACCOUNT, DEFAULT_KEY } from "../src/index.ts";

/** Written at the same time. */
const LANES = 8;

/** When this many files were answered, the process is killed. */
const ANSWERS_BEFORE_KILL = 60;

const FILE_BYTES = 20_000;

test("what was answered is there after the process was killed, and nothing is there by half", async () => {
  await using folder = await tempFolder();
  const args = ["--location", join(folder.path, "store"), "--share", "data", "--silent"];
  const first = await startEmulatorProcess(...args);
  // Without retries: a file whose answer was lost may exist or not.
  const service = serviceOf({ url: first.url, account: DEFAULT_ACCOUNT, key: DEFAULT_KEY });
  const root = service.getShareClient("data").rootDirectoryClient;
  const answered = new Set<number>();
  let [next, killed] = [0, false];
  const lanes = Array.from({ length: LANES }, async () => {
    while (!killed) {
      const index = next;
      next += 1;
      const content = pattern(FILE_BYTES, index + 1);
      const made = await root
        .getFileClient(`f${index}`)
        .create(FILE_BYTES, { content, contentLength: FILE_BYTES })
        .then(
          () => true,
          () => false,
        );
      if (made) answered.add(index);
      if (answered.size === ANSWERS_BEFORE_KILL && !killed) {
        killed = true;
        await first.stop("SIGKILL");
      }
    }
  });
  await Promise.all(lanes);
  await using second = await startEmulatorProcess(...args);
  const again = second.service.getShareClient("data").rootDirectoryClient;
  const names = (await all(again.listFilesAndDirectories())).map(({ name }) => name);
  for (const index of answered) assert.ok(names.includes(`f${index}`), `f${index} was answered`);
  for (const name of names) {
    const content = await again.getFileClient(name).downloadToBuffer();
    assert.ok(content.equals(pattern(FILE_BYTES, Number(name.slice(1)) + 1)), `${name} is whole`);
  }
});
