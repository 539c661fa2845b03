// npm run demo:local: a real tree, the real program, and a comparison that shares no code with it.
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareTrees } from "./demo/compare-trees.ts";
import { addOddFiles } from "./demo/odd-files.ts";
import { numberOf, summaryOf, Varve, type VarveRun } from "./demo/varve.ts";
import { churn } from "./tree/churn.ts";
import { generateTree } from "./tree/generate.ts";
import { bytesText, say } from "./demo/text.ts";

/** Names of the three places, as the commands show them: the program runs in the folder that holds them. */
const SOURCE = "documents";
const REPOSITORY = "repository";
const TARGET = "restored";

const FILES = 4000;
const SEED = 20_250_601;
const CHURN_FRACTION = 0.03;
/** Listings are cut to this many lines. */
const SHOWN_LINES_MAX = 8;
const DAMAGE_EXIT_CODE = 4;

type Summary = Readonly<Record<string, unknown>>;

/** The places of one demonstration, all below one folder that is removed at the end. */
interface Places {
  readonly source: string;
  readonly repository: string;
  readonly target: string;
}

class Demo {
  readonly #varve: Varve;
  readonly #places: Places;
  #readBytes = 0;
  #storedBytes = 0;

  constructor(home: string) {
    this.#places = { source: join(home, SOURCE), repository: join(home, REPOSITORY), target: join(home, TARGET) };
    this.#varve = new Varve(home, { VARVE_PASSWORD: "correct horse battery staple", VARVE_REPOSITORY: `./${REPOSITORY}` });
  }

  /** Returns what went wrong: nothing, or one line a difference. */
  run(): readonly string[] {
    this.#makeTree();
    this.#command(["init", `./${REPOSITORY}`]);
    this.#backup("first backup");
    this.#backup("nothing has changed");
    const { edited, added, renamed, deleted } = churn({ dir: this.#places.source, fraction: CHURN_FRACTION, seed: SEED });
    say(`\n# a day of work: ${edited} files edited, ${added} added, ${renamed} renamed, ${deleted} deleted`);
    this.#backup("backup of the changes");
    this.#list(["snapshots"]);
    this.#list(["diff", "latest~1", "latest"], [0, DAMAGE_EXIT_CODE]);
    this.#restore();
    this.#check();
    const differences = this.#compare();
    return [...differences, ...this.#damage()];
  }

  #makeTree(): void {
    const made = generateTree({ dir: this.#places.source, files: FILES, seed: SEED });
    addOddFiles(this.#places.source);
    say(`# made a tree: ${made.files} files, ${made.directories} folders, ${made.links} links, ${bytesText(made.bytes)}`);
    say("# and a folder with sparse files, hard links, names that are not UTF-8 and times before 1970");
  }

  /** Shows and runs a command. */
  #command(args: readonly string[], exitCodes: readonly number[] = [0]): VarveRun {
    say(`\n$ varve ${args.join(" ")}`);
    const run = this.#varve.run(args, exitCodes);
    say(`  ${run.seconds.toFixed(2)} s`);
    return run;
  }

  #summary(args: readonly string[]): Summary {
    return summaryOf(this.#command([...args, "--json"]));
  }

  #backup(what: string): void {
    const summary = this.#summary(["backup", SOURCE]);
    const count = (field: string): number => numberOf(summary, field);
    this.#readBytes += count("read_bytes");
    this.#storedBytes += count("stored_bytes");
    say(`  ${what}: ${count("files_new")} files new, ${count("files_changed")} changed, ${count("files_unmodified")} unmodified`);
    const total = bytesText(count("total_bytes"));
    const parts = [`read ${bytesText(count("read_bytes"))} of ${total}`, `new data ${bytesText(count("added_bytes"))}`];
    say(`  ${parts.join(", ")}, stored as ${bytesText(count("stored_bytes"))}`);
  }

  #list(args: readonly string[], exitCodes?: readonly number[]): void {
    const lines = this.#command(args, exitCodes).stdout.trimEnd().split("\n");
    for (const line of lines.slice(0, SHOWN_LINES_MAX)) say(`  ${line}`);
    if (lines.length > SHOWN_LINES_MAX) say(`  ... ${lines.length - SHOWN_LINES_MAX} more lines`);
  }

  #restore(): void {
    const summary = this.#summary(["restore", "latest", "--to", TARGET]);
    say(`  ${numberOf(summary, "files_restored")} files, ${bytesText(numberOf(summary, "bytes_written"))} written`);
  }

  #check(): void {
    const summary = this.#summary(["check", "--read-data"]);
    const count = (field: string): number => numberOf(summary, field);
    say(`  ${count("packs_read")} packs, ${count("chunks_verified")} chunks read and verified, ${count("findings")} findings`);
  }

  #compare(): readonly string[] {
    const { files, directories, others, bytes, differences } = compareTrees(this.#places.source, this.#places.target);
    say(`\n# compared by name, content, mode, owner, time and links: ${files} files, ${directories} folders, ${others} others`);
    const size = treeBytes(this.#places.repository);
    say(
      `# repository: ${bytesText(size)} for three snapshots of ${bytesText(bytes)}, encrypted (${(bytes / size).toFixed(1)} to 1 for one of them)`,
    );
    say(`# in all three backups: read ${bytesText(this.#readBytes)}, stored ${bytesText(this.#storedBytes)}`);
    for (const difference of differences) say(`DIFFERENT: ${difference}`);
    return differences;
  }

  /** Changes one byte in the middle of the largest pack: the check has to find it. */
  #damage(): readonly string[] {
    const pack = largestFile(join(this.#places.repository, "packs"));
    flipByte(pack);
    say(`\n# one byte of a pack of ${bytesText(statSync(pack).size)} changed, as a failing disk would`);
    const { exitCode } = this.#command(["check", "--read-data"], [0, DAMAGE_EXIT_CODE]);
    if (exitCode !== DAMAGE_EXIT_CODE) return ["check --read-data did not notice a changed byte"];
    say(`  found, exit code ${exitCode}`);
    return [];
  }
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function treeBytes(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(file).size, 0);
}

function largestFile(folder: string): string {
  const [largest] = filesBelow(folder).toSorted((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error(`no file in ${folder}`);
  return largest;
}

function flipByte(path: string): void {
  // Objects of a folder repository are read-only.
  chmodSync(path, 0o600);
  const fd = openSync(path, "r+");
  const at = Math.floor(statSync(path).size / 2);
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x01;
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

function main(): void {
  const started = performance.now();
  const home = mkdtempSync(join(tmpdir(), "varve-demo-"));
  // With a handler, Ctrl-C ends the command that runs and this program gets to clean up.
  process.once("SIGINT", () => undefined);
  try {
    const problems = new Demo(home).run();
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
    rmSync(home, { recursive: true, force: true });
  }
}

main();
