import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FakeWorld } from "../fake-context.ts";
import { FAKE_REPOSITORY_ID, fakeRepository } from "../fake-repository.ts";
import { eventsOf, runFake } from "../run-fake.ts";

// config show, catalog rebuild, stats, version and completion.

const folder = mkdtempSync(join(tmpdir(), "varve-settings-"));
after(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, "varve.yaml");
writeFileSync(
  FILE,
  `repository: "@home"
repositories:
  home:
    location: "https://a.blob.core.windows.net/c?sv=1&sig=c4nary&x=1"
    password: { command: [pass, c4nary] }
    environment:
      AZURE_STORAGE_ACCOUNT: acct
      AZURE_STORAGE_KEY: { file: key }
jobs:
  docs: { sources: [docs], tags: [a, b] }
`,
);

async function settings(argv: readonly string[], env: Record<string, string> = {}): Promise<Map<string, string>> {
  const events = await eventsOf({ argv: ["config", "show", ...argv], env, cwd: folder });
  return new Map(
    events.flatMap((event) =>
      event.message_type === "result" && event.kind === "setting" ? [[event.key, `${event.value} | ${event.origin}`]] : [],
    ),
  );
}

test("config show names the origin of every value", async () => {
  const shown = await settings(["--cache-dir", "/c"], { VARVE_NO_PROGRESS: "1" });
  assert.equal(shown.get("repository"), `@home | ${FILE}:1`);
  assert.equal(shown.get("cache-dir"), "/c | --cache-dir");
  assert.equal(shown.get("no-progress"), "yes | VARVE_NO_PROGRESS");
  assert.equal(shown.get("quiet"), "no | default");
  assert.equal(shown.get("config"), `${FILE} | found`);
  assert.equal(shown.get("jobs.docs.tags"), `a, b | ${FILE}:10`);
  assert.equal(shown.get("repositories.home.environment.AZURE_STORAGE_ACCOUNT"), `acct | ${FILE}:7`);
});

test("config show never shows a secret", async () => {
  const env = { VARVE_PASSWORD: "c4nary", VARVE_RECOVERY_KEY: "c4nary", VARVE_REPOSITORY: "https://a/c?sig=c4nary" };
  const { stdout } = await runFake({ argv: ["config", "show"], env, cwd: folder });
  assert.doesNotMatch(stdout, /c4nary/);
  assert.match(stdout, /password +\*{8} +\(VARVE_PASSWORD\)/);
  assert.match(stdout, /repositories\.home\.password +\*{8} \(command pass\)/);
  assert.match(stdout, /sv=1&sig=\*{8}&x=1/);
});

test("config show ends with 2 and names the line when the file is not valid", async () => {
  writeFileSync(join(folder, "bad.yaml"), "threads: 1\nrepositry: x\n");
  const { code, stderr } = await runFake({ argv: ["config", "show", "--config", "bad.yaml"], cwd: folder });
  assert.equal(code, 2);
  assert.match(stderr, /bad\.yaml:2:1 \[E_CONFIG\]\nwhy: {3}the key 'repositry' is not known\nhint: {2}did you mean 'repository'\?/);
});

function catalogWorld(...argv: string[]): { world: FakeWorld; paths: string[] } {
  const paths: string[] = [];
  const rebuildCatalog = async (_repository: unknown, path: string) => (paths.push(path), { sources: 1, rows: 2, bytes: 3, durationMs: 4 });
  return {
    paths,
    world: {
      argv: ["catalog", "rebuild", "--repo", "r", ...argv],
      cwd: "/w",
      repositories: { open: async () => fakeRepository().repository },
      operations: { rebuildCatalog },
    },
  };
}

test("catalog rebuild makes the catalog that backup uses", async () => {
  const { world, paths } = catalogWorld("--cache-dir", "cache");
  assert.match((await runFake(world)).stdout, /1 source, 2 rows, 3 B/);
  assert.deepEqual(paths, [`/w/cache/${FAKE_REPOSITORY_ID}/catalog.sqlite`]);
  const events = await eventsOf(catalogWorld("--catalog", "sqlite:c.db").world);
  assert.ok(events[0]?.message_type === "summary" && events[0].command === "catalog rebuild" && events[0].catalog === "/w/c.db");
  assert.equal((await runFake(catalogWorld("--catalog", "none").world)).code, 2);
});

test("stats shows what the repository holds", async () => {
  const world = { argv: ["stats", "--repo", "r"], repositories: { open: async () => fakeRepository().repository } };
  assert.match((await runFake(world)).stdout, /2\.9 KiB in 4 chunks \(3\.00 times the room it takes\)/);
  const [event] = await eventsOf(world);
  assert.ok(event?.message_type === "result" && event.kind === "stats" && event.plain_bytes === 3000);
});

test("version and completion write events too", async () => {
  const [version] = await eventsOf({ argv: ["version"] });
  assert.ok(version?.message_type === "result" && version.kind === "version" && version.version === "1.2.3");
  const [completion] = await eventsOf({ argv: ["completion", "fish"] });
  assert.ok(completion?.message_type === "result" && completion.kind === "completion" && completion.shell === "fish");
});
