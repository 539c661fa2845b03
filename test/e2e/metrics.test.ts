import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { truncate } from "node:fs/promises";
import { after, describe, test } from "node:test";
import type { MetricsSample } from "../../src/telemetry/metrics-sample.ts";
import type { MetricsSummary } from "../../src/telemetry/metrics-summary.ts";
import { writeTree } from "../support/restore-world.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { summaryOf, VarveProgram } from "../support/varve-program.ts";

// The real program, measured by itself, and its measurements drawn.

const FILES = 300;
const FILE_BYTES = 20_000;

interface Log {
  readonly header: { readonly command: string; readonly machine: { readonly cores: number } };
  readonly samples: readonly MetricsSample[];
  readonly summary?: MetricsSummary;
}

const folder = await tempFolder("metrics", MEMORY_PLACE);
after(() => folder.remove());
const at = (name: string): string => `${folder.path}/${name}`;
const varve = new VarveProgram(at("home"), { VARVE_REPOSITORY: at("repo"), VARVE_PASSWORD: "correct horse" });
const readLog = (name: string): Log => JSON.parse(readFileSync(at(name), "utf8")) as Log;

writeTree(
  at("source"),
  Object.fromEntries(
    Array.from({ length: FILES }, (_, file) => [`d${file % 7}/f${file}`, `${file}/`.repeat(FILE_BYTES).slice(0, FILE_BYTES)]),
  ),
);
await varve.succeed("init");

describe("--metrics-log", () => {
  test("measures a backup", async () => {
    const run = await varve.succeed("backup", at("source"), "--metrics-log", at("backup.json"), "--threads", "2", "--json");
    const { header, samples, summary } = readLog("backup.json");
    assert.ok(summary !== undefined);
    assert.deepEqual([header.command, summary.ending], ["varve backup", "done"]);
    assert.deepEqual([summary.files_done, summary.bytes_done, summary.issues], [FILES, FILES * FILE_BYTES, 0]);
    assert.equal(summary.stored_bytes, summaryOf(run)["stored_bytes"]);
    assert.ok(summary.cpu_seconds > 0 && summary.rss_bytes_peak > 1e7 && header.machine.cores > 0);
    assert.equal(samples.at(-1)?.files_done, FILES);
  });

  test("counts the requests of all threads", async () => {
    const requests = async (threads: string): Promise<number> => {
      const alone = varve.with({ VARVE_REPOSITORY: at(`repo-${threads}`), VARVE_METRICS_LOG: at(`requests-${threads}.json`) });
      await alone.succeed("init");
      await alone.succeed("backup", at("source"), "--threads", threads);
      return readLog(`requests-${threads}.json`).summary?.requests ?? 0;
    };
    // Without a thread all requests are the main thread's. With one, the packs of data are its own, and nothing else is different.
    assert.equal(await requests("1"), await requests("0"));
  });

  test("measures a restore, and its picture can be drawn", async () => {
    await varve.succeed("restore", "latest", "--to", at("restored"), "--metrics-log", at("restore.json"));
    assert.deepEqual([readLog("restore.json").summary?.ending, readLog("restore.json").summary?.files_done], ["done", FILES]);
    await varve.succeed("metrics", "plot", at("restore.json"), "-o", at("restore.svg"));
    const svg = readFileSync(at("restore.svg"), "utf8");
    for (const text of ["Throughput", "CPU, 100 %", "Memory", "Disks of the machine", "varve restore: latest of", "time since the start"])
      assert.ok(svg.includes(text), text);
  });

  test("of a run that is killed is a whole document, and can be drawn", async () => {
    // The password comes from a command that does not answer while its parent lives: the run waits, and is measured.
    const running = varve
      .with({ VARVE_PASSWORD: "", VARVE_PASSWORD_COMMAND: "sh -c 'while kill -0 $PPID; do sleep 0.1; done'" })
      .start("backup", at("source"), "--metrics-log", at("killed.json"));
    while (!existsSync(at("killed.json")) || readFileSync(at("killed.json"), "utf8").split("\n").length < 4) {
      assert.equal(running.child.exitCode, null, "the run waits");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    running.child.kill("SIGKILL");
    await running.ended;
    const { samples, summary } = readLog("killed.json");
    assert.ok(samples.length > 0 && summary === undefined);
    await varve.succeed("metrics", "plot", at("killed.json"), "-o", at("killed.svg"));
    assert.ok(readFileSync(at("killed.svg"), "utf8").includes("no end is recorded"));
  });

  test("cut off in the middle can be drawn, and what is no log is refused", async () => {
    await varve.succeed("backup", at("source"), "--metrics-log", at("cut.json"));
    const { length } = readFileSync(at("cut.json"));
    await truncate(at("cut.json"), length - 100);
    await varve.succeed("metrics", "plot", at("cut.json"), "-o", at("cut.svg"));
    const refused = await varve.run("metrics", "plot", at("cut.svg"), "-o", at("never.svg"));
    assert.deepEqual([refused.code, existsSync(at("never.svg"))], [2, false]);
  });

  test("that cannot be written ends the run before it begins", async () => {
    const run = await varve.run("backup", at("source"), "--metrics-log", at("none/run.json"));
    assert.equal(run.code, 2);
    assert.match(run.stderr, /^error: cannot write the metrics log .*\nwhy: .*\nhint: /);
  });
});
