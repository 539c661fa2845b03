import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config, LoadedConfig } from "../config/config.ts";
import { isAppError } from "../shared/errors.ts";
import { listFlag, numberFlag, switchFlag, textFlag } from "./flags.ts";
import type { FlagSources } from "./resolve-flags.ts";
import { resolveFlags } from "./resolve-flags.ts";

const flags = {
  repo: textFlag("repo REPO", "", { envFirst: "VARVE_REPOSITORY", configKey: "repository" }),
  threads: numberFlag("threads", { min: 0, max: 9 }, { help: "" }),
  tag: listFlag("tag TAG", "", { configKey: "tags", separator: /[,\n]/ }),
  exclude: listFlag("exclude PATTERN", ""),
  caches: switchFlag("exclude-caches", ""),
};

function sources(parts: {
  given?: [string, string[]][];
  env?: Record<string, string>;
  config?: Config;
  sections?: FlagSources["sections"];
}): FlagSources {
  const loaded: LoadedConfig = { file: "f.yaml", config: parts.config ?? {}, origin: (path) => `f.yaml:${path.join(".")}` };
  return { given: new Map(parts.given), env: parts.env ?? {}, loaded, sections: parts.sections ?? [[]] };
}

test("resolveFlags() prefers flag, then environment, then configuration, then default", () => {
  const config = { threads: 1, repository: "c" };
  const env = { VARVE_THREADS: "2", VARVE_REPO: "e" };
  const all = resolveFlags(flags, sources({ given: [["threads", ["3"]]], env, config }));
  assert.equal(all.values.threads, 3);
  assert.equal(all.values.repo, "e");
  assert.deepEqual([all.origins.threads, all.origins.repo, all.origins.tag], ["--threads", "VARVE_REPO", "default"]);
  const fromFile = resolveFlags(flags, sources({ config }));
  assert.deepEqual([fromFile.values.threads, fromFile.origins.threads, fromFile.origins.repo], [1, "f.yaml:threads", "f.yaml:repository"]);
  assert.deepEqual(resolveFlags(flags, sources({})).values, { repo: undefined, threads: undefined, tag: [], exclude: [], caches: false });
});

test("resolveFlags() prefers the documented environment name of two", () => {
  assert.equal(resolveFlags(flags, sources({ env: { VARVE_REPO: "b", VARVE_REPOSITORY: "a" } })).values.repo, "a");
});

test("resolveFlags() takes an empty variable as not set", () => {
  assert.equal(resolveFlags(flags, sources({ env: { VARVE_THREADS: "" } })).origins.threads, "default");
});

test("resolveFlags() splits lists of the environment: patterns by lines only, as they may hold commas", () => {
  const { values } = resolveFlags(flags, sources({ env: { VARVE_TAG: "a,b", VARVE_EXCLUDE: "{a,b}\n*.tmp\n" } }));
  assert.deepEqual(values.tag, ["a", "b"]);
  assert.deepEqual(values.exclude, ["{a,b}", "*.tmp"]);
});

test("resolveFlags() looks into the nearest section first", () => {
  const config: Config = { threads: 1, jobs: { j: { sources: ["/a"], threads: 5, tags: ["t"], "exclude-caches": true } } };
  const { values, origins } = resolveFlags(flags, sources({ config, sections: [["jobs", "j"], []] }));
  assert.deepEqual([values.threads, values.tag, values.caches], [5, ["t"], true]);
  assert.equal(origins.tag, "f.yaml:jobs.j.tags");
});

test("resolveFlags() throws E_USAGE naming flag or variable, E_CONFIG naming the line, when a value is not valid", () => {
  const refused = (given: FlagSources, code: "E_USAGE" | "E_CONFIG", what: RegExp): void => {
    assert.throws(
      () => resolveFlags(flags, given),
      (error) => isAppError(error, code) && what.test(error.what),
    );
  };
  refused(sources({ given: [["threads", ["many"]]] }), "E_USAGE", /^--threads cannot be 'many'/);
  refused(sources({ env: { VARVE_THREADS: "10" } }), "E_USAGE", /^VARVE_THREADS cannot be '10'/);
  refused(sources({ env: { VARVE_EXCLUDE_CACHES: "perhaps" } }), "E_USAGE", /^VARVE_EXCLUDE_CACHES/);
  refused(sources({ config: { threads: 99 } }), "E_CONFIG", /^f\.yaml:threads cannot be '99'/);
});
