import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppError } from "../shared/errors.ts";
import { isAppError } from "../shared/errors.ts";
import { parseConfig } from "./parse.ts";
import { KNOWN_KEYS } from "./schema.ts";

const GOOD = `repository: "@home"
threads: 2
repositories:
  home:
    location: /srv/repo
    password: { file: /etc/varve/password }
  cloud:
    location: az://account/backup
    password: { command: [pass, show, backup] }
    environment:
      AZURE_STORAGE_ACCOUNT: account
      AZURE_STORAGE_KEY: { env: CLOUD_KEY }
jobs:
  docs:
    sources: [/home/ann/docs]
    exclude: ["*.tmp"]
    exclude-caches: true
    exclude-larger-than: 100MiB
    tags: [daily]
`;

function refusal(text: string): AppError {
  try {
    parseConfig(text, "varve.yaml");
  } catch (error) {
    if (isAppError(error, "E_CONFIG")) return error;
    throw error;
  }
  return assert.fail("the text was accepted");
}

test("parseConfig() returns the values and their lines when the file is valid", () => {
  const { config, origin } = parseConfig(GOOD, "varve.yaml");
  assert.equal(config.repositories?.["cloud"]?.location, "az://account/backup");
  assert.deepEqual(config.jobs?.["docs"]?.exclude, ["*.tmp"]);
  assert.equal(origin(["threads"]), "varve.yaml:2");
  assert.equal(origin(["jobs", "docs", "exclude-caches"]), "varve.yaml:17");
});

test("parseConfig() accepts an empty file", () => {
  assert.deepEqual(parseConfig("# nothing yet\n", "varve.yaml").config, {});
});

test("parseConfig() names line, column and the likely key when a key is misspelt", () => {
  const error = refusal("threads: 2\njobs:\n  docs:\n    sources: [/a]\n    exlude: ['*.tmp']\n");
  assert.match(error.what, /varve\.yaml:5:5$/);
  assert.match(error.hint, /did you mean 'exclude'/);
  assert.deepEqual(error.data, { file: "varve.yaml", line: 5, column: 5 });
});

test("parseConfig() lists the known keys when nothing is close", () => {
  assert.match(refusal("colour: red\n").hint, /known keys: repository, /);
});

test("parseConfig() names line and column when a value has the wrong type", () => {
  const error = refusal("repository: x\nthreads: many\n");
  assert.match(error.what, /:2:1$/);
  assert.match(error.why, /^threads: /);
});

test("parseConfig() names line and column when the YAML itself is broken", () => {
  assert.match(refusal("jobs:\n  docs: [a, b\n").what, /varve\.yaml:\d+:\d+$/);
  assert.match(refusal("threads: 1\nthreads: 2\n").what, /:2:1$/);
});

test("parseConfig() refuses a password in clear and does not repeat it", () => {
  const plain = refusal("repositories:\n  home:\n    location: /r\n    password: hunter2\n");
  const account = refusal("repositories:\n  home:\n    location: /r\n    environment: { AZURE_STORAGE_KEY: hunter2 }\n");
  assert.match(plain.why, /reference to a secret/);
  assert.match(account.what, /:4:/);
  for (const error of [plain, account]) assert.doesNotMatch(JSON.stringify([error.what, error.why, error.hint, error.data]), /hunter2/);
});

test("parseConfig() refuses a job without sources and a name with blanks", () => {
  assert.match(refusal("jobs:\n  docs:\n    tags: [a]\n").why, /jobs\.docs\.sources/);
  assert.match(refusal("jobs:\n  'my docs':\n    sources: [/a]\n").what, /:2:3$/);
});

test("KNOWN_KEYS lists exactly the keys the schema accepts at the top", () => {
  for (const key of KNOWN_KEYS.top) assert.doesNotMatch(refusal(`${key}: !!binary aGk=\n`).why, new RegExp(`'${key}' is not known`));
  assert.match(refusal("password: x\n").why, /is not known/);
});

test("parseConfig() takes the guid section with the original's names, and suggests them", () => {
  const { config, origin } = parseConfig(
    "guid:\n  skip_files: '*.tmp'\n  skip_path: [a, b]\n  connection_string: {env: X}\n  max_workers: 5\n",
    "varve.yaml",
  );
  assert.deepEqual(config.guid, { skip_files: "*.tmp", skip_path: ["a", "b"], connection_string: { env: "X" }, max_workers: 5 });
  assert.equal(origin(["guid", "max_workers"]), "varve.yaml:5");
  assert.match(refusal("guid: {source_pth: x}\n").hint, /did you mean 'source_path'/);
  for (const bad of ["max_workers: 0", "max_workers: many", "skip_files: 5", "source_path: ''", "connection_string: {key: x}"])
    assert.match(refusal(`guid: {${bad}}\n`).why, new RegExp(`^guid\\.${bad.split(":")[0] ?? ""}`));
});
