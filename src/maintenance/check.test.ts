import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { DamagedRepository, keyOf, told } from "../../test/support/damaged-repository.ts";
import type { Tree } from "../../test/support/thin-backup.ts";
import { HEADER_BYTES } from "../format/sealed-object.ts";
import { OpenRepository } from "../repository/repository.ts";
import { must } from "../shared/assert.ts";
import { ManualClock, systemClock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom, systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { silentReporter } from "../telemetry/events.ts";
import { runCheck } from "./check.ts";

const noise = (bytes: number, seed: number): Uint8Array => seededRandom(seed).bytes(bytes);

/** A chunk of this length fills a pack of its own. */
const OWN_PACK = 1_200_000;

const SMALL: Tree = new Map<string, Uint8Array | Tree>([
  ["a", noise(100, 1)],
  [
    "sub",
    new Map<string, Uint8Array | Tree>([
      ["b", noise(200, 2)],
      ["c", noise(300, 3)],
    ]),
  ],
  ["z", noise(400, 4)],
]);

describe("runCheck() of a sound repository", () => {
  test("finds nothing, and counts each shared tree once", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    await repository.backup(new Map([...SMALL, ["new", noise(10, 5)]]));
    const { durationMs, bytesRead, ...summary } = await repository.check();
    assert.ok(durationMs >= 0);
    const sizes = repository.keys("packs").map((key) => repository.objects.get(key)?.length ?? 0);
    assert.equal(
      bytesRead,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    assert.deepEqual(summary, {
      snapshots: 2,
      trees: 3,
      files: 4 + 3,
      packs: 4,
      packsRead: 4,
      chunksVerified: 5 + 3,
      findings: [],
      unreferencedPacks: 0,
    });
  });

  test("reads no pack content unless asked", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    const { packsRead, bytesRead, chunksVerified, findings } = await repository.check({ readData: "none" });
    assert.deepEqual({ packsRead, bytesRead, chunksVerified, findings }, { packsRead: 0, bytesRead: 0, chunksVerified: 0, findings: [] });
  });

  test("reads the chosen part of the packs", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(new Map(Array.from({ length: 11 }, (_, at) => [`${at}`, noise(OWN_PACK, at)])), { chunkBytes: OWN_PACK });
    let drawn = 0;
    const random = { ...systemRandom, fraction: (): number => ((drawn += 1) % 4) / 4 };
    const { packs, packsRead, findings } = await repository.check({ readData: 0.25, random });
    assert.deepEqual([packs, drawn, packsRead, findings], [12, 12, 3, []]);
    assert.equal((await repository.check({ readData: 1 })).packsRead, packs);
  });

  test("counts packs that no snapshot needs, which are no finding", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    const before = new Map(repository.objects);
    const lost = await repository.backup(new Map([["other", noise(5000, 9)]]));
    for (const key of [...repository.keys("commits"), ...repository.keys("index"), `snapshots/${lost}`])
      if (!before.has(key)) repository.objects.delete(key);
    const { unreferencedPacks, packs, findings, snapshots } = await repository.check();
    assert.deepEqual({ unreferencedPacks, packs, findings, snapshots }, { unreferencedPacks: 2, packs: 4, findings: [], snapshots: 1 });
  });

  test("gives the same with worker threads as without", async () => {
    await using fixture = await BackupFixture.create({ a: noise(3_000_000, 1), "sub/b": "beta", "sub/c": noise(100_000, 3) });
    await fixture.backup();
    fixture.write("sub/b", "changed");
    await fixture.backup();
    const [inline, threads] = [await fixture.check("all", 0), await fixture.check("all", 2)];
    assert.deepEqual({ ...inline, durationMs: 0 }, { ...threads, durationMs: 0 });
    assert.deepEqual([inline.findings, inline.packsRead, inline.snapshots], [[], 4, 2]);
  });
});

describe("runCheck() of damaged packs", () => {
  const everything = "a sub/b sub/c z";

  test("names a data pack that is missing, cut or another one, and all files it held, without reading data", async () => {
    const damages: readonly (readonly [string, (repository: DamagedRepository, key: string) => void])[] = [
      ["missing", (repository, key) => repository.objects.delete(key)],
      ["truncated", (repository, key) => repository.cut(key, 500)],
      ["truncated", (repository, key) => repository.cut(key, 0)],
      ["truncated", (repository, key) => repository.replace(key, must(repository.objects.get("varve.repo"), "is there"))],
    ];
    for (const [problem, damage] of damages) {
      for (const readData of ["none", "all"] as const) {
        const repository = await DamagedRepository.create();
        await repository.backup(SMALL);
        const [pack] = await repository.packs("data");
        const key = keyOf(must(pack, "there is one"));
        damage(repository, key);
        assert.deepEqual(told(await repository.check({ readData })), [`${problem} ${key}: ${everything}`]);
      }
    }
  });

  test("names a data pack with a turned bit, and exactly the files whose bytes were in the damaged frame", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const tree: Tree = new Map(names.map((name, at) => [name, noise(800_000, at)]));
    // Frames of a mebibyte, files of 800,000 bytes in two chunks each.
    const inFrame = ["a b", "b c", "c d", "d e"];
    for (const [frame, affected] of inFrame.entries()) {
      const repository = await DamagedRepository.create();
      await repository.backup(tree, { packBytes: 8 << 20, chunkBytes: 400_000 });
      const [pack] = await repository.packs("data");
      assert.ok(pack !== undefined && pack.directory.frameSealedLengths.length === inFrame.length);
      const before = pack.directory.frameSealedLengths.subarray(0, frame).reduce((sum, length) => sum + length, 0);
      repository.flip(keyOf(pack), HEADER_BYTES + before + 5000);
      assert.deepEqual(told(await repository.check({ readData: "none" })), [], "structure alone shows nothing");
      assert.deepEqual(told(await repository.check()), [`damaged ${keyOf(pack)}: ${affected}`]);
    }
  });

  test("names a data pack with a damaged header and all it held, with a damaged directory or trailer and nothing lost", async () => {
    for (const [at, affected] of [
      [3, everything],
      [40, everything],
      [-30, ""],
      [-1, ""],
    ] as const) {
      const repository = await DamagedRepository.create();
      await repository.backup(SMALL);
      const [pack] = await repository.packs("data");
      const key = keyOf(must(pack, "there is one"));
      repository.flip(key, at);
      assert.deepEqual(told(await repository.check()), [`damaged ${key}: ${affected}`]);
    }
  });

  test("tells two packs that changed places, even of one length", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(
      new Map([
        ["a", noise(OWN_PACK, 1)],
        ["b", noise(OWN_PACK, 2)],
      ]),
      { chunkBytes: OWN_PACK },
    );
    const [one, two] = (await repository.packs("data")).map(keyOf);
    assert.ok(one !== undefined && two !== undefined);
    const [first, second] = [must(repository.objects.get(one), "one"), must(repository.objects.get(two), "two")];
    assert.equal(first.length, second.length);
    repository.replace(one, second);
    repository.replace(two, first);
    const findings = told(await repository.check());
    assert.deepEqual(findings.toSorted(), [`wrong-content ${one}: a`, `wrong-content ${two}: b`].toSorted());
  });

  test("names a metadata pack that is gone, and every directory that cannot be listed any more", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    const [pack] = await repository.packs("metadata");
    const key = keyOf(must(pack, "there is one"));
    repository.objects.delete(key);
    assert.deepEqual(told(await repository.check()), [`missing ${key}: .`]);
  });

  test("names a metadata pack with a turned bit, and exactly the directories whose pages it hit", async () => {
    const names = ["one", "two", "three", "four"];
    const directory = (seed: number): Tree =>
      new Map(
        Array.from({ length: 500 }, (_, at) => [
          `${String(at).padStart(4, "0")}${Buffer.from(noise(110, seed * 1000 + at)).toString("hex")}`,
          new Uint8Array(0),
        ]),
      );
    for (const readData of ["none", "all"] as const) {
      const repository = await DamagedRepository.create();
      const tree: Tree = new Map(
        names.flatMap((name, at) => [
          [`${name}1`, directory(2 * at)],
          [`${name}2`, directory(2 * at + 1)],
        ]),
      );
      await repository.backup(tree, { packBytes: 8 << 20 });
      const [pack] = await repository.packs("metadata");
      assert.ok(pack !== undefined && pack.directory.frameSealedLengths.length >= 2, `${pack?.directory.rawLength}`);
      repository.flip(keyOf(pack), HEADER_BYTES + 1000);
      const [finding, ...others] = told(await repository.check({ readData }));
      assert.deepEqual(others, []);
      const [problem, hit = ""] = (finding ?? "").split(": ");
      assert.match(problem ?? "", new RegExp(`^(unreadable|damaged) ${keyOf(pack)}$`));
      const frameHolds = Math.ceil((1 << 20) / (pack.directory.chunkLengths[0] ?? 1));
      assert.equal(hit.split(" ").length, frameHolds, hit);
    }
  });

  test("does not blame a chunk that also lies in a sound pack", async () => {
    const repository = await DamagedRepository.create();
    const content = noise(5000, 7);
    await repository.backup(new Map([["a", content]]));
    const [first] = await repository.packs("data");
    const key = keyOf(must(first, "there is one"));
    const whole = must(repository.objects.get(key), "is there");
    repository.objects.delete(key);
    // A writer deduplicates onto packs that are there, so this one stores the content again.
    await repository.backup(new Map([["a", content]]));
    assert.deepEqual(told(await repository.check()), [`missing ${key}: `]);
    repository.objects.set(key, whole);
    assert.deepEqual(told(await repository.check()), []);
  });
});

describe("runCheck() of damaged index segments, snapshots and registers", () => {
  test("names the chunks that no segment names any more; the next backup names their packs again", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    repository.objects.delete(repository.only("index"));
    const { findings, packs, unreferencedPacks } = await repository.check();
    assert.deepEqual([packs, unreferencedPacks], [2, 2]);
    assert.deepEqual(
      findings.map(({ problem, affected }) => [problem, affected.map((path) => path.slice(8))]),
      [["unindexed-chunk", [":/tree/"]]],
      "pages come first, and nothing below is seen",
    );
    await repository.backup(SMALL);
    assert.deepEqual(told(await repository.check()), []);
  });

  test("names a damaged segment, and one that is a copy of another", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    const first = repository.only("index");
    await repository.backup(new Map([["other", noise(500, 8)]]));
    const second = must(
      repository.keys("index").find((key) => key !== first),
      "there are two",
    );
    const whole = must(repository.objects.get(second), "is there");
    repository.replace(second, must(repository.objects.get(first), "is there"));
    assert.deepEqual(
      (await repository.check()).findings.map(({ object, problem }) => [problem, object.split(" ")[0]]),
      [["damaged", second]],
    );
    repository.replace(second, whole);
    repository.flip(second, 100);
    assert.deepEqual(
      (await repository.check()).findings.map(({ object, problem }) => [problem, object.split(" ")[0]]),
      [["damaged", second]],
    );
  });

  test("names so many missing chunks one by one and then tells of the others together", async () => {
    const repository = await DamagedRepository.create();
    const files: Tree = new Map(Array.from({ length: 1200 }, (_, at) => [`file ${at}`, noise(20, at)]));
    await repository.backup(files);
    // Only the data pack loses its segment: pages stay readable.
    const [pack] = await repository.packs("data");
    const healthy = must(repository.objects.get(keyOf(must(pack, "one"))), "is there");
    repository.objects.delete(keyOf(must(pack, "one")));
    repository.objects.delete(repository.only("index"));
    await repository.backup(new Map([["x", new Uint8Array(0)]]));
    repository.replace(keyOf(must(pack, "one")), healthy);
    const { findings } = await repository.check();
    assert.equal(findings.length, 1001);
    const further = findings.at(-1);
    assert.deepEqual([further?.object, further?.affectedCount, further?.affected.length], ["further chunks", 200, 100]);
  });

  test("counts every lost path once, whatever else is damaged", async () => {
    const repository = await DamagedRepository.create();
    // Each file is a pack of its own; one loses its place in the index, another a bit.
    const tree: Tree = new Map(["a", "b", "c"].map((name, at) => [name, noise(OWN_PACK, at)]));
    await repository.backup(tree, { chunkBytes: OWN_PACK });
    const [first, second] = (await repository.packs("data")).map(keyOf);
    assert.ok(first !== undefined && second !== undefined);
    const kept = must(repository.objects.get(first), "is there");
    repository.objects.delete(first);
    repository.objects.delete(repository.only("index"));
    await repository.backup(new Map([["x", new Uint8Array(0)]]));
    repository.replace(first, kept);
    repository.flip(second, 5000);
    const { findings } = await repository.check();
    assert.deepEqual(
      findings.map(({ problem, affected, affectedCount }) => [problem, affected.map((path) => path.at(-1)), affectedCount]),
      [
        ["unindexed-chunk", ["a"], 1],
        ["damaged", ["b"], 1],
      ],
    );
  });

  test("names damaged and missing snapshots and registers; the other snapshots are checked all the same", async () => {
    const damages = [
      ["damaged", "snapshots", (repository: DamagedRepository, key: string) => repository.flip(key, 100)],
      ["missing", "snapshots", (repository: DamagedRepository, key: string) => repository.objects.delete(key)],
      ["damaged", "commits", (repository: DamagedRepository, key: string) => repository.flip(key, 100)],
      ["damaged", "commits", (repository: DamagedRepository, key: string) => repository.cut(key, 3)],
    ] as const;
    for (const [problem, folder, damage] of damages) {
      const repository = await DamagedRepository.create();
      await repository.backup(SMALL);
      const key = repository.only(folder);
      await repository.backup(new Map([["other", noise(500, 8)]]));
      damage(repository, key);
      const { snapshots, findings, files } = await repository.check();
      assert.deepEqual([snapshots, files, findings.map(({ object, problem: found }) => [found, object])], [1, 1, [[problem, key]]]);
    }
  });

  test("cannot know of a register that is gone: its snapshot was never committed, as far as anybody can tell", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    repository.objects.delete(repository.only("commits"));
    const { snapshots, findings, unreferencedPacks } = await repository.check();
    assert.deepEqual([snapshots, findings, unreferencedPacks], [0, [], 2]);
  });
});

describe("runCheck()", () => {
  test("throws when the store does not answer, whichever call that is", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    for (const operation of ["list", "read"] as const) {
      for (let number = operation === "read" ? 3 : 2; ; number += 1) {
        let failed = false;
        const plan: ConstructorParameters<typeof FaultStore>[1] = (call) => {
          if (call.operation !== operation || call.number !== number) return undefined;
          failed = true;
          return { kind: "fail-before" };
        };
        const check = repository.check({ wrap: (store) => new FaultStore(store, plan, new ManualClock()) });
        const thrown = await check.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (!failed) break;
        assert.ok(isAppError(thrown, "E_STORE_UNAVAILABLE"), `${operation} ${number}: ${String(thrown)}`);
      }
    }
  });

  test("stops when it is aborted", async () => {
    const repository = await DamagedRepository.create();
    await repository.backup(SMALL);
    const reason = new AppError({ code: "E_ABORTED", what: "interrupted" });
    for (const readData of ["none", "all"] as const)
      await assert.rejects(repository.check({ readData, signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });

  test("looks at the store and not at a cache before it", async () => {
    await using fixture = await BackupFixture.create({ a: "alpha" });
    await fixture.backup();
    const repository = await fixture.open();
    const cached = { read: (key: string): Promise<Uint8Array> => repository.store.read(key) };
    const kept = new Map<string, Uint8Array>();
    for await (const { key } of repository.store.list("index/")) {
      kept.set(key, await cached.read(key));
      await repository.store.remove(key);
      await repository.store.create(key, [new Uint8Array(200)]);
    }
    const { hasher, spec, keys, encrypted, config } = repository;
    const read = async (key: string): Promise<Uint8Array> => kept.get(key) ?? (await cached.read(key));
    const context = { ...repository.context, cached: { read, close: () => repository.store.close() } };
    const stale = new OpenRepository({ context, hasher, spec, keys, encrypted, config });
    const request = { readData: "none", threads: 0 } as const;
    const { findings } = await runCheck({
      repository: stale,
      request,
      reporter: silentReporter(),
      clock: systemClock,
      random: systemRandom,
      signal: new AbortController().signal,
    });
    assert.deepEqual(
      findings.filter(({ problem }) => problem === "damaged").map(({ object }) => object),
      [...kept.keys()],
    );
    await repository.close();
  });
});
