import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AppError } from "../shared/errors.ts";
import type { FakeWorld } from "./fake-context.ts";
import { fakeRepository } from "./fake-repository.ts";
import { runFake } from "./run-fake.ts";
import type { OpenRequest } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "varve-access-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "pw"), "from file\n");
writeFileSync(join(folder, "rk"), "AAAA-BBBB\n");
writeFileSync(
  join(folder, "varve.yaml"),
  `repositories: { home: { location: ./repo, password: { env: HOME_PASSWORD } }, work: { location: /work } }\n`,
);

const PATH = process.env["PATH"];

/** Runs `stats` on a repository that opens with `password` only; returns the secrets that were tried. */
async function tried(argv: readonly string[], rest: Partial<FakeWorld> & { password?: string; plain?: boolean } = {}) {
  const { password, plain = false, ...world } = rest;
  const requests: OpenRequest[] = [];
  const open = async (request: OpenRequest) => {
    requests.push(request);
    const given = request.secret.password ?? request.secret.recoveryKey;
    if (!plain && given === undefined) throw new AppError({ code: "E_PASSWORD_MISSING", what: "it needs a password" });
    if (password !== undefined && given !== password) throw new AppError({ code: "E_PASSWORD", what: "wrong password" });
    return fakeRepository().repository;
  };
  const run = await runFake({ argv: ["stats", ...argv], cwd: folder, repositories: { open }, ...world });
  return { ...run, secrets: requests.map((request) => request.secret), places: requests.map((request) => request.place.location) };
}

test("openRepository() takes the secret from the first place that has one", async () => {
  const env = { PATH, VARVE_PASSWORD: "plain", VARVE_PASSWORD_FILE: "pw", VARVE_RECOVERY_KEY: "KEY", HOME_PASSWORD: "config" };
  const cases: [string[], Record<string, string | undefined>, object][] = [
    [["--recovery-key-file", "rk", "--password-file", "pw"], env, { recoveryKey: "AAAA-BBBB" }],
    [["--password-file", "pw"], env, { password: "from file" }],
    [["--password-command", "printf '%s' 'two words'"], env, { password: "two words" }],
    [[], env, { password: "plain" }],
    [[], { ...env, VARVE_PASSWORD: undefined }, { password: "from file" }],
    [[], { PATH, VARVE_PASSWORD_COMMAND: "echo command", HOME_PASSWORD: "config" }, { password: "command" }],
    [[], { HOME_PASSWORD: "config", VARVE_RECOVERY_KEY: "KEY" }, { password: "config" }],
  ];
  for (const [argv, given, secret] of cases) {
    const { code, secrets } = await tried(["--repo", "@home", ...argv], { env: given });
    assert.equal(code, 0);
    assert.deepEqual(secrets, [secret]);
  }
  assert.deepEqual((await tried(["--repo", "@work"], { env: { VARVE_RECOVERY_KEY: "KEY" } })).secrets, [{ recoveryKey: "KEY" }]);
});

test("openRepository() never asks when the repository opens without a password", async () => {
  const { code, secrets, stderr } = await tried(["--repo", "x"], { plain: true, typed: [] });
  assert.deepEqual([code, secrets, stderr], [0, [{}], ""]);
});

test("openRepository() asks a person up to three times and never shows what was typed", async () => {
  const second = await tried(["--repo", "x"], { typed: ["wrong", "right"], password: "right" });
  assert.equal(second.code, 0);
  assert.match(second.stderr, /^password of the repository: \nno key opens with this password; once more\n/);
  assert.doesNotMatch(second.stderr, /wrong|right/);
  const never = await tried(["--repo", "x"], { typed: ["a", "b", "c", "right"], password: "right" });
  assert.equal(never.code, 12);
  assert.equal(never.secrets.length, 4);
});

test("openRepository() ends with 12 without asking when there is no terminal", async () => {
  const { code, stderr } = await tried(["--repo", "x"]);
  assert.equal(code, 12);
  assert.match(stderr, /E_PASSWORD_MISSING/);
  assert.equal((await tried(["--repo", "x"], { typed: ["x"], stderrTTY: false })).code, 12);
});

test("openRepository() does not ask again when a given password is wrong", async () => {
  const { code, secrets } = await tried(["--repo", "x"], { env: { VARVE_PASSWORD: "bad" }, password: "good", typed: ["good"] });
  assert.deepEqual([code, secrets.length], [12, 1]);
});

test("openRepository() refuses both password flags and a secret that cannot be read", async () => {
  assert.equal((await tried(["--repo", "x", "--password-file", "pw", "--password-command", "echo"])).code, 2);
  assert.equal((await tried(["--repo", "x", "--password-file", "missing"])).code, 2);
  assert.equal((await tried(["--repo", "@home"], { env: {} })).code, 2);
});

test("chooseRepository() finds names of the configuration and proposes near ones", async () => {
  assert.deepEqual((await tried(["--repo", "@home"], { env: { HOME_PASSWORD: "x" } })).places, [join(folder, "repo")]);
  const { code, stderr } = await tried(["--repo", "@hoem"]);
  assert.equal(code, 2);
  assert.match(stderr, /no repository @hoem[\s\S]*did you mean @home/);
  assert.match((await tried(["--repo", "@x"], { cwd: "/nowhere" })).stderr, /no configuration file was found/);
});

test("chooseRepository() says what to do when no repository is named", async () => {
  const { code, stderr } = await tried([], { cwd: "/nowhere" });
  assert.equal(code, 2);
  assert.match(stderr, /no repository is named \[E_USAGE\]\nwhy: .*\nhint: {2}add --repo/);
});
