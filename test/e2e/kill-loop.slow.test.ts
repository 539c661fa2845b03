import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom, type Random } from "../../src/shared/random.ts";
import { compareFacts } from "../support/compare-trees.ts";
import { RestoreWorld } from "../support/restore-world.ts";
import { type RunningProgram, VarveProgram } from "../support/varve-program.ts";

/** `VARVE_KILL_ROUNDS=500 npm test -- kill-loop` for long; `VARVE_KILL_SEED` for other trees and delays. */
const ROUNDS = Number(process.env["VARVE_KILL_ROUNDS"] ?? 12);
const SEED = Number(process.env["VARVE_KILL_SEED"] ?? 1);

const FILES = 60;
const FOLDERS = 6;
const FILE_BYTES_MAX = 150_000;
const LARGE_BYTES = 5_000_000;
/** Parts of a backup's time between which it commits. */
const COMMIT_FROM = 0.7;
const COMMIT_TO = 1.5;
const PAIR_CHANCE = 0.4;

function below(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}

/** Changes a tree: content, names, folders, and a large file now and then. */
function change(tree: string, round: number, random: Random): void {
  for (let count = 0; count < FILES / 3; count += 1) {
    const folder = `${tree}/folder-${below(random, FOLDERS)}`;
    mkdirSync(folder, { recursive: true });
    const names = readdirSync(folder);
    const name = names[below(random, names.length)];
    const chance = random.fraction();
    if (name === undefined || chance < 0.5) writeFileSync(`${folder}/file-${round}-${count}`, random.bytes(below(random, FILE_BYTES_MAX)));
    else if (chance < 0.7) writeFileSync(`${folder}/${name}`, random.bytes(below(random, FILE_BYTES_MAX)));
    else if (chance < 0.85) renameSync(`${folder}/${name}`, `${folder}/renamed-${round}-${count}`);
    else rmSync(`${folder}/${name}`);
  }
  if (random.fraction() < 0.3) writeFileSync(`${tree}/large`, random.bytes(LARGE_BYTES));
  if (random.fraction() < 0.3) rmSync(`${tree}/folder-${below(random, FOLDERS)}`, { recursive: true, force: true });
}

/** Backups of a changing tree into one repository, killed again and again. */
class KillLoop {
  readonly #world: RestoreWorld;
  readonly #varve: VarveProgram;
  readonly #random: Random = seededRandom(SEED);
  /** For each snapshot the copy of the tree it was made from. */
  readonly #copyOf = new Map<string, string>();
  #backupMs = 0;
  #round = 0;
  readonly outcomes = { killed: 0, whole: 0, hidden: 0 };

  constructor(world: RestoreWorld) {
    this.#world = world;
    this.#varve = new VarveProgram(`${world.path}/home`, { VARVE_REPOSITORY: `${world.path}/repository` });
  }

  get snapshots(): number {
    return this.#copyOf.size;
  }

  get #copy(): string {
    return `${this.#world.path}/copy-${this.#round}`;
  }

  /** Two backups that nobody disturbs; the second says how long one takes. */
  async begin(): Promise<void> {
    this.#nextTree();
    await this.#plainBackup();
    this.#round += 1;
    this.#nextTree();
    const startedMs = performance.now();
    await this.#plainBackup();
    this.#backupMs = performance.now() - startedMs;
  }

  async round(): Promise<void> {
    this.#round += 1;
    this.#nextTree();
    const running = this.#random.fraction() < PAIR_CHANCE ? [this.#start(), this.#start()] : [this.#start()];
    for (const one of running) {
      await pause(this.#delayMs() / running.length);
      one.child.kill("SIGKILL");
    }
    for (const one of running) await this.#ended(one);
    await this.#varve.succeed("check", "--read-data");
    await this.#plainBackup();
    await this.#adoptNew();
    for (const [id, copy] of this.#copyOf) if (copy === this.#copy) await this.#restores(id, copy);
  }

  #nextTree(): void {
    change(this.#world.source, this.#round, this.#random);
    // To the nanosecond, which Node's own copy is not.
    execFileSync("cp", ["-a", this.#world.source, this.#copy]);
  }

  /** Anywhere in half of the rounds, around the commit in the others. */
  #delayMs(): number {
    const share =
      this.#random.fraction() < 0.5 ? this.#random.fraction() : COMMIT_FROM + this.#random.fraction() * (COMMIT_TO - COMMIT_FROM);
    return share * this.#backupMs;
  }

  #start(): RunningProgram {
    return this.#varve.start("backup", this.#world.source, "--quiet");
  }

  async #ended(running: RunningProgram): Promise<void> {
    const { code, stdout, signal, stderr } = await running.ended;
    assert.ok(code === 0 || signal === "SIGKILL", `a backup ended with ${code}: ${stderr}`);
    if (code === 0) this.#copyOf.set(stdout.trim(), this.#copy);
    this.outcomes[code === 0 ? "whole" : "killed"] += 1;
  }

  /** Needs no unlocking and no repair, whatever happened before. */
  async #plainBackup(): Promise<void> {
    const { stdout } = await this.#varve.succeed("backup", this.#world.source, "--quiet");
    this.#copyOf.set(stdout.trim(), this.#copy);
  }

  /** Snapshots of backups that were killed after they had committed. */
  async #adoptNew(): Promise<void> {
    for (const id of await this.#listed()) {
      if (this.#copyOf.has(id)) continue;
      this.#copyOf.set(id, this.#copy);
      this.outcomes.hidden += 1;
    }
  }

  async #listed(): Promise<readonly string[]> {
    return await this.#world.open(async (repository) => (await repository.snapshots()).map(({ id }) => id));
  }

  async #restores(snapshot: string, copy: string): Promise<void> {
    this.#world.nextTarget();
    const { list } = await this.#world.restore({ snapshot });
    assert.deepEqual([list, compareFacts(copy, this.#world.target)], [[], []], `snapshot ${snapshot}`);
    rmSync(this.#world.target, { recursive: true });
  }

  /** In the end every snapshot that anybody was told of is listed, and restores as it was. */
  async end(): Promise<void> {
    assert.deepEqual([...(await this.#listed())].toSorted(), [...this.#copyOf.keys()].toSorted());
    for (const [id, copy] of this.#copyOf) await this.#restores(id, copy);
  }
}

test(`varve backups killed at any moment, ${ROUNDS} rounds, lose nothing and need no repair`, async (context: TestContext) => {
  await using world = await RestoreWorld.make();
  const loop = new KillLoop(world);
  await loop.begin();
  for (let round = 0; round < ROUNDS; round += 1) await loop.round();
  await loop.end();
  const { killed, whole, hidden } = loop.outcomes;
  context.diagnostic(
    `seed ${SEED}: ${killed} killed, ${whole} got through, ${hidden} committed before they were killed, ${loop.snapshots} snapshots`,
  );
  assert.ok(killed > 0, "some were killed");
});
