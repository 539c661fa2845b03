// npm run demo: the main job on real protocols with nothing installed. A share in the project's Azure Files emulator is saved into a
// repository in Azurite, changed, saved again, and brought back into a new share and into a folder; both are compared.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import type { CounterReport } from "../emulator/src/log/counters.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../emulator/test/support/emulator-process.ts";
import { type Azurite, startAzurite } from "../test/support/azurite.ts";
import { differencesOf, factsOfShare, type ShareFacts } from "../test/support/share-facts.ts";
import { ShareTree } from "./demo/share-tree.ts";
import { numberOf, summaryOf, Varve, type VarveRun } from "./demo/varve.ts";
import { bytesText, say } from "./demo/text.ts";

const SHARE = "projects";
const RESTORED = "restored";
const FOLDER = "restored-folder";
const REPOSITORY = "azure:backup:/projects";
const FILES = 3000;
const SEED = 20_250_601;
const LARGE_BYTES = 64 * 1024 * 1024;
/** Operations shown of each run. */
const SHOWN_OPERATIONS_MAX = 6;

class Demo {
  readonly #emulator: EmulatorProcess;
  readonly #varve: Varve;
  readonly #home: string;

  constructor(home: string, emulator: EmulatorProcess, azurite: Azurite) {
    this.#home = home;
    this.#emulator = emulator;
    this.#varve = new Varve(home, {
      VARVE_PASSWORD: "correct horse battery staple",
      VARVE_REPOSITORY: REPOSITORY,
      AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
      VARVE_SOURCE_CONNECTION_STRING: emulator.connectionString,
    });
  }

  /** Returns what went wrong: nothing, or one line a difference. */
  async run(): Promise<readonly string[]> {
    const share = this.#emulator.service.getShareClient(SHARE);
    await share.create();
    const tree = new ShareTree(share, { files: FILES, seed: SEED, largeBytes: LARGE_BYTES });
    const made = await tree.make();
    say(`# made a share through the official client: ${made.files} files, ${made.directories} folders, ${bytesText(made.bytes)}`);
    say("# with 12 security descriptors, attributes, metadata and times that have seven digits; one file has 64 MiB");
    this.#command(["init", REPOSITORY]);
    await this.#backup("first backup");
    await this.#backup("nothing has changed");
    const work = await tree.churn();
    say(
      `\n# a day of work: ${work.edited} files edited (of the large one 1 MiB), ${work.renamed} renamed, ${work.deleted} deleted, ${work.added} added, ${work.described} given other attributes and owners`,
    );
    await this.#backup("backup of the changes");
    const before = await factsOfShare(share);
    const differences = [...(await this.#restoreShare(before)), ...(await this.#restoreFolder(before))];
    this.#command(["check", "--read-data"]);
    return differences;
  }

  /** Shows and runs a command. */
  #command(args: readonly string[]): VarveRun {
    say(`\n$ varve ${args.join(" ")}`);
    const run = this.#varve.run(args);
    say(`  ${run.seconds.toFixed(2)} s`);
    return run;
  }

  /** Runs a command and says what it asked of the share. */
  async #counted(args: readonly string[], tell: (summary: Readonly<Record<string, unknown>>) => void): Promise<void> {
    await this.#emulator.control("DELETE", "counters");
    const summary = summaryOf(this.#command([...args, "--json"]));
    tell(summary);
    const { total, operations } = await this.#counters();
    const most = Object.entries(operations).toSorted(([, a], [, b]) => b.requests - a.requests);
    const shown = most.slice(0, SHOWN_OPERATIONS_MAX).map(([name, { requests }]) => `${requests} ${name}`);
    const moved = `${bytesText(total.bytesOut)} from it, ${bytesText(total.bytesIn)} to it`;
    say(`  asked of the share: ${total.requests} requests (${shown.join(", ")}${most.length > shown.length ? ", ..." : ""}), ${moved}`);
  }

  /** Commands block this process, and the connection to the emulator may have gone meanwhile. */
  async #counters(): Promise<CounterReport> {
    try {
      return await this.#emulator.counters();
    } catch {
      return await this.#emulator.counters();
    }
  }

  async #backup(what: string): Promise<void> {
    await this.#counted(["backup", `azfiles://devstoreaccount1/${SHARE}`], (summary) => {
      const count = (field: string): number => numberOf(summary, field);
      say(
        `  ${what}: ${count("files_new")} new, ${count("files_changed")} changed, ${count("files_moved")} moved, ${count("files_removed")} removed, ${count("files_unmodified")} unmodified`,
      );
      say(`  read ${bytesText(count("read_bytes"))} of ${bytesText(count("total_bytes"))}, stored ${bytesText(count("stored_bytes"))}`);
    });
  }

  async #restoreShare(before: ShareFacts): Promise<readonly string[]> {
    await this.#counted(["restore", "latest", "--to", `azfiles://devstoreaccount1/${RESTORED}`], (summary) =>
      say(`  ${numberOf(summary, "files_restored")} files into a new share`),
    );
    const after = await factsOfShare(this.#emulator.service.getShareClient(RESTORED));
    const differences = differencesOf(before, after);
    say(`  compared through the official client: ${Object.keys(before).length} items, ${differences.length} differences in`);
    say("  content, times to 100 ns, attributes, security descriptor, content type and metadata");
    return differences;
  }

  async #restoreFolder(before: ShareFacts): Promise<readonly string[]> {
    await this.#counted(["restore", "latest", "--to", FOLDER], (summary) =>
      say(`  ${numberOf(summary, "files_restored")} files into a folder`),
    );
    const root = join(this.#home, FOLDER);
    const differences: string[] = [];
    const found = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => statSync(join(root, path)).isFile());
    for (const path of found) {
      const content = readFileSync(join(root, path));
      const facts = `${content.length} ${createHash("sha256").update(content).digest("hex")} `;
      if (before[path]?.startsWith(facts) !== true) differences.push(`${path} is not as in the share`);
    }
    const files = Object.keys(before).filter((path) => !path.endsWith("/"));
    if (files.length !== found.length) differences.push(`${found.length} files in the folder, ${files.length} in the share`);
    say(`  compared: ${found.length} files, ${differences.length} differences in content`);
    return differences;
  }
}

async function main(): Promise<void> {
  const started = performance.now();
  const home = mkdtempSync(join(tmpdir(), "varve-demo-"));
  // With a handler, Ctrl-C ends the command that runs and this program gets to clean up.
  process.once("SIGINT", () => undefined);
  const [emulator, azurite] = await Promise.all([startEmulatorProcess("--location", join(home, "shares"), "--silent"), startAzurite()]);
  try {
    const problems = await new Demo(home, emulator, azurite).run();
    for (const problem of problems) say(`DIFFERENT: ${problem}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      problems.length === 0
        ? `\nEverything came back exactly as it was. ${seconds} s`
        : `\nFAILED: ${problems.length} differences. ${seconds} s`,
    );
    process.exitCode = problems.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await emulator.stop();
    await azurite.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
