import assert from "node:assert/strict";
import { test } from "node:test";
import { loadIndexForWriting, type WriterIndex } from "../../src/repository/loaded-index.ts";
import { concatBytes } from "../../src/shared/bytes.ts";
import { type Random, seededRandom } from "../../src/shared/random.ts";
import { scriptedFaults } from "../../src/storage/fault/faults.ts";
import type { CreateOutcome, ObjectInfo, ObjectStore } from "../../src/storage/object-store.ts";
import type { Tree } from "../support/thin-backup.ts";
import { GatedStore } from "./gate.ts";
import { CONTENT_CANARY } from "./trees.ts";
import { type AttemptOptions, World } from "./world.ts";

/** Each test breaks one thing that the program relies on or must do, and asks that the checker sees it: a checker that never complains proves nothing. */
const ALONE: AttemptOptions = { gated: false };

const TREE: Tree = new Map([
  ["a", new Uint8Array(Buffer.concat([Buffer.from(CONTENT_CANARY), seededRandom(1).bytes(9000)]))],
  ["b", seededRandom(2).bytes(3000)],
]);

const open = { pass: (): Promise<void> => Promise.resolve() };

/** Answers creates under a prefix at once and carries them out when something under another prefix is created, or never. */
class LateStore extends GatedStore {
  readonly #late: string;
  readonly #until: string;
  #waiting: (() => Promise<unknown>)[] = [];

  constructor(inner: ObjectStore, late: string, until: string) {
    super(inner, open, "late");
    this.#late = late;
    this.#until = until;
  }

  override async create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
    if (key.startsWith(this.#late)) {
      const bytes = concatBytes(parts).slice();
      this.#waiting.push(() => super.create(key, [bytes]));
      return "created";
    }
    const outcome = await super.create(key, parts);
    if (key.startsWith(this.#until)) for (const create of this.#waiting.splice(0)) await create();
    return outcome;
  }
}

async function violationsOf(backup: (world: World) => Promise<unknown>): Promise<readonly string[]> {
  const world = await World.create(3);
  await backup(world);
  await world.invariants.afterRun();
  return world.history.violations;
}

function seen(violations: readonly string[], invariant: string): void {
  assert.ok(
    violations.some((violation) => violation.startsWith(invariant)),
    `${invariant} among ${JSON.stringify(violations)}`,
  );
}

test("the checker is content with the program as it is", async () => {
  assert.deepEqual(await violationsOf((world) => world.backup("sound", TREE, ALONE)), []);
});

const ORDERS = [
  ["packs/", "never", "I8", "a writer that names packs which never become durable"],
  ["packs/", "index/", "I8", "a writer that writes the index before the packs"],
  ["packs/", "commits/", "I8", "a writer that writes the register before the packs"],
  ["index/", "commits/", "I1", "a writer that writes the register before the index"],
  ["snapshots/", "commits/", "I3", "a writer that writes the register before the manifest"],
  ["commits/", "never", "I11", "a writer that says committed before the register is decided"],
] as const;

for (const [late, until, invariant, what] of ORDERS) {
  test(`the checker sees ${what}`, async () => {
    seen(
      await violationsOf((world) => world.backup("late", TREE, { ...ALONE, store: (inner) => new LateStore(inner, late, until) })),
      invariant,
    );
  });
}

test("the checker sees a store that overwrites what exists, when a closed session commits on it", async () => {
  const violations = await violationsOf(async (world) => {
    class Overwriting extends GatedStore {
      override async create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
        if (key.startsWith("commits/")) await world.closeNewest(false);
        world.objects.set(key, concatBytes(parts).slice());
        return "created";
      }
    }
    await world.backup("fenced", TREE, { ...ALONE, store: (inner) => new Overwriting(inner, open, "overwriting") });
  });
  seen(violations, "I2");
});

test("the checker sees a job that is started again without closing its first session", async () => {
  const violations = await violationsOf(async (world) => {
    await world.backup("twice", TREE, ALONE);
    await world.invariants.afterStep();
    await world.backup("twice", TREE, { ...ALONE, attempt: 2 });
  });
  seen(violations, "I4");
});

test("the checker sees a writer that deduplicates onto what another one has not stored yet", async () => {
  const violations = await violationsOf(async (world) => {
    let shared: Promise<WriterIndex> | undefined;
    const loadIndex: NonNullable<AttemptOptions["loadIndex"]> = ({ context }) => (shared ??= loadIndexForWriting(context));
    const faults = scriptedFaults([{ operation: "create", prefix: "packs/", fault: { kind: "fail-before", retryable: false } }]);
    await world.backup("dying", TREE, { ...ALONE, loadIndex, faults });
    await world.backup("trusting", TREE, { ...ALONE, loadIndex });
  });
  seen(violations, "I1");
});

test("the checker sees two processes with the same randomness, as after a copied virtual machine", async () => {
  const violations = await violationsOf(async (world) => {
    for (const [at, job] of ["first", "second"].entries()) {
      // They part for the id of their session only: that could not be used twice anyway.
      const [own, copied] = [seededRandom(at), seededRandom(99)];
      let taken = 0;
      const random: Random = { fraction: () => own.fraction(), bytes: (length) => ((taken += 1) === 1 ? own : copied).bytes(length) };
      await world.backup(job, TREE, { ...ALONE, random });
    }
  });
  seen(violations, "I16");
});

test("the checker sees a reader that takes a broken listing for a whole one", async () => {
  class Credulous extends GatedStore {
    override async *list(prefix: string): AsyncGenerator<ObjectInfo> {
      if (prefix !== "commits/") yield* super.list(prefix);
    }
  }
  const violations = await violationsOf(async (world) => {
    await world.backup("seen", TREE, ALONE);
    await world.readAll("reader", { ...ALONE, store: (inner) => new Credulous(inner, open, "credulous") });
  });
  seen(violations, "I14");
});

test("the checker sees damage in a pack, a pack that is lost, and a register that is lost", async () => {
  const spoil: Readonly<Record<string, readonly [string, (world: World, key: string) => unknown]>> = {
    "a turned byte": [
      "packs/",
      ({ objects }, key) =>
        objects.set(
          key,
          (objects.get(key) ?? new Uint8Array(0)).map((byte, at) => (at === 200 ? byte ^ 1 : byte)),
        ),
    ],
    "a lost pack": ["packs/", ({ objects }, key) => objects.delete(key)],
    "a lost register": ["commits/", ({ objects }, key) => objects.delete(key)],
  };
  for (const [what, [prefix, harm]] of Object.entries(spoil)) {
    const violations = await violationsOf(async (world) => {
      await world.backup(what, TREE, ALONE);
      await world.invariants.afterStep();
      world.objects.watcher = undefined;
      for (const key of [...world.objects.keys()].filter((name) => name.startsWith(prefix))) harm(world, key);
    });
    seen(violations, prefix === "commits/" ? "I3" : "I1");
  }
});

test("the checker sees plain text in an object and in an error, and objects that are removed", async () => {
  const violations = await violationsOf(async (world) => {
    world.objects.set(`sessions/${"ab".repeat(32)}`, new Uint8Array(Buffer.from(`${" ".repeat(200)}${CONTENT_CANARY}`)));
    world.history.failed("somebody", new Error(`cannot read ${CONTENT_CANARY}`));
    world.objects.delete(`sessions/${"ab".repeat(32)}`);
  });
  seen(violations, `I17 sessions/`);
  seen(violations, "I17 an error of somebody");
  seen(violations, "I18");
});
