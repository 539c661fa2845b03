import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { plainSample, STEADY_FIGURES } from "../../../test/support/metrics-moments.ts";
import { LOG_START } from "../../telemetry/metrics-file.ts";
import { eventsOf, runFake } from "../run-fake.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-plot-"));
after(() => rmSync(folder, { recursive: true }));
const SAMPLE = JSON.stringify(plainSample(1, STEADY_FIGURES));
writeFileSync(
  join(folder, "run.json"),
  `${LOG_START},"version":1,"header":{"command":"varve backup","subject":"a to b"},"samples":[\n${SAMPLE}\n]}\n`,
);
writeFileSync(join(folder, "letter.txt"), "Dear Ann");

const plot = (...argv: readonly string[]) => runFake({ argv: ["metrics", "plot", ...argv], cwd: folder });

test("metrics plot writes the picture to a file, or to standard output", async () => {
  const toFile = await plot("run.json", "-o", "run.svg");
  assert.deepEqual([toFile.code, toFile.stdout], [0, ""]);
  assert.match(toFile.stderr, /KiB written to .*run\.svg/);
  const svg = readFileSync(join(folder, "run.svg"), "utf8");
  assert.match(svg, /^<svg .*varve backup: a to b.*<\/svg>\n$/s);
  const toStdout = await plot("run.json");
  // The names of styles and clips count up from picture to picture.
  const plain = (text: string): string => text.replaceAll(/zr[\w-]+/g, "zr");
  assert.equal(plain(toStdout.stdout), plain(svg));
});

test("metrics plot never writes over a file", async () => {
  const { code, stderr } = await plot("run.json", "-o", "letter.txt");
  assert.deepEqual([code, readFileSync(join(folder, "letter.txt"), "utf8")], [3, "Dear Ann"]);
  assert.match(stderr, /E_TARGET_EXISTS/);
  assert.equal((await plot("run.json", "-o", "run.json")).code, 3);
});

test("metrics plot refuses what is no log before it makes a file", async () => {
  for (const name of ["letter.txt", "none.json", "."]) {
    const { code, stderr } = await plot(name, "-o", "never.svg");
    assert.equal(code, 2, name);
    assert.match(stderr, /error: cannot draw .*\nwhy: .*\nhint: /);
  }
  assert.ok(!existsSync(join(folder, "never.svg")));
});

test("metrics plot tells programs what it wrote, and keeps picture and events apart", async () => {
  const [event] = await eventsOf({ argv: ["metrics", "plot", "run.json", "-o", "event.svg"], cwd: folder });
  assert.ok(event?.message_type === "summary" && event.command === "metrics plot");
  assert.deepEqual([event.output, event.bytes], [join(folder, "event.svg"), readFileSync(join(folder, "event.svg")).length]);
  const [refusal] = await eventsOf({ argv: ["metrics", "plot", "run.json"], cwd: folder });
  assert.equal(refusal?.message_type, "exit_error");
});
