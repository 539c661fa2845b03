import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAppError } from "../shared/errors.ts";
import { EMPTY_CONFIG, configCandidates, expandPath, loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-config-"));
after(() => rmSync(folder, { recursive: true }));

function world(env: Record<string, string> = {}): { env: Record<string, string>; cwd: string; home: string } {
  return { env, cwd: folder, home: join(folder, "home") };
}

test("configCandidates() lists the usual places in order when none is named", () => {
  const paths = configCandidates(undefined, { env: {}, cwd: "/here", home: "/users/ann" }).map((candidate) => candidate.path);
  assert.deepEqual(paths, ["/here/varve.yaml", "/users/ann/.config/varve/config.yaml", "/etc/varve/config.yaml"]);
  const xdg = configCandidates(undefined, { env: { XDG_CONFIG_HOME: "/x" }, cwd: "/", home: "/users/ann" });
  assert.equal(xdg[1]?.path, "/x/varve/config.yaml");
});

test("configCandidates() takes only the named file, the flag before the environment", () => {
  const env = { VARVE_CONFIG: "~/b.yaml" };
  assert.deepEqual(configCandidates("a.yaml", { env, cwd: "/w", home: "/h" }), [{ path: "/w/a.yaml", required: true }]);
  assert.deepEqual(configCandidates(undefined, { env, cwd: "/w", home: "/h" }), [{ path: "/h/b.yaml", required: true }]);
});

test("loadConfig() returns the empty configuration when there is no file", async () => {
  assert.equal((await loadConfig(undefined, { ...world(), cwd: join(folder, "nowhere") })).file, EMPTY_CONFIG.file);
});

test("loadConfig() throws E_CONFIG when the named file is missing", async () => {
  await assert.rejects(
    loadConfig("missing.yaml", world()),
    (error) => isAppError(error, "E_CONFIG") && error.why === "it does not exist (ENOENT)",
  );
});

test("loadConfig() prefers the working folder's file and counts paths from the file's folder", async () => {
  mkdirSync(join(folder, "home/.config/varve"), { recursive: true });
  writeFileSync(join(folder, "home/.config/varve/config.yaml"), "threads: 7\n");
  assert.equal((await loadConfig(undefined, world())).config.threads, 7);
  writeFileSync(
    join(folder, "varve.yaml"),
    `repository: ./repo
catalog: none
cache-dir: ~/cache
repositories: { b: { location: "azure:box:/p", password: { file: secret } } }
jobs: { j: { sources: [docs, "~/pics", /abs, "azfiles://a/s"], repository: "@b", exclude-file: [skip] } }
`,
  );
  const { config, file, origin } = await loadConfig(undefined, world());
  assert.equal(file, join(folder, "varve.yaml"));
  assert.equal(config.repository, join(folder, "repo"));
  assert.equal(config.catalog, "none");
  assert.equal(config["cache-dir"], join(folder, "home/cache"));
  assert.deepEqual(config.repositories?.["b"]?.password, { file: join(folder, "secret") });
  assert.equal(config.repositories?.["b"]?.location, "azure:box:/p");
  const job = config.jobs?.["j"];
  assert.deepEqual(job?.sources, [join(folder, "docs"), join(folder, "home/pics"), "/abs", "azfiles://a/s"]);
  assert.equal(job?.repository, "@b");
  assert.deepEqual(job?.["exclude-file"], [join(folder, "skip")]);
  assert.equal(origin(["jobs"]), `${file}:5`);
});

test("expandPath() counts from the base and knows the home folder", () => {
  assert.equal(expandPath("~", "/b", "/h"), "/h");
  assert.equal(expandPath("~/x", "/b", "/h"), "/h/x");
  assert.equal(expandPath("../x", "/b/c", "/h"), "/b/x");
  assert.equal(expandPath("/x", "/b", "/h"), "/x");
});

test("loadConfig() counts paths of the guid section from the file's folder, and leaves what is no path alone", async () => {
  mkdirSync(join(folder, "guid"), { recursive: true });
  const file = join(folder, "guid/varve.yaml");
  writeFileSync(
    file,
    "guid: {source_path: data, guid_mapping_file: map.json, restore_root: ~/out, metrics_log_file: none, skip_path: cache, connection_string: {file: secret}}\n",
  );
  const { config } = await loadConfig(file, world());
  const at = (path: string): string => join(folder, "guid", path);
  assert.deepEqual(config.guid, {
    source_path: at("data"),
    guid_mapping_file: at("map.json"),
    restore_root: join(folder, "home/out"),
    metrics_log_file: "none",
    skip_path: "cache",
    connection_string: { file: at("secret") },
  });
  writeFileSync(file, "guid: {metrics_log_file: log.json, connection_string: text}\n");
  assert.deepEqual((await loadConfig(file, world())).config.guid, {
    source_path: undefined,
    guid_mapping_file: undefined,
    restore_root: undefined,
    metrics_log_file: at("log.json"),
    connection_string: "text",
  });
});
