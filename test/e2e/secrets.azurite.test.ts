import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { systemClock as clock } from "../../src/shared/clock.ts";
import { systemRandom as random } from "../../src/shared/random.ts";
import { parseLocation } from "../../src/storage/location.ts";
import { openStore } from "../../src/storage/open-store.ts";
import { startAzurite } from "../support/azurite.ts";
import { writeTree } from "../support/restore-world.ts";
import { makeSas } from "../support/sas.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { type ProgramRun, VarveProgram } from "../support/varve-program.ts";

// No secret leaves the program by any way it has: what it prints, what it stores, what it keeps. Each has a canary in it.

const PASSWORD = "canary-password-9f3b1c77e2";
const NEW_PASSWORD = "canary-new-password-51d0aa64";
const WRONG_PASSWORD = "canary-wrong-password-0c6e8d";
const WRONG_KEY = Buffer.from("canary-account-key-".repeat(4).slice(0, 64)).toString("base64");
const CONTENT = "canary-content-77aa31";
const NAME = "canary-name-e0d1f2";
const TAG = "canary-tag-b2b2";

const azurite = await startAzurite();
const folder = await tempFolder("secrets", MEMORY_PLACE);
after(async () => {
  await azurite.stop();
  await folder.remove();
});

const home = `${folder.path}/home`;
const source = `${folder.path}/source`;
writeTree(source, { [`${NAME}/${NAME}.txt`]: `${CONTENT}\n`.repeat(500), [`${NAME}-2`]: CONTENT });

/** All that is secret, as it is and as it may be spelled in an address or a dump. */
const secrets = new Set<string>();

function keepSecret(...values: readonly string[]): void {
  for (const value of values) {
    for (const spelled of [value, encodeURIComponent(value), Buffer.from(value).toString("base64"), Buffer.from(value).toString("hex")])
      secrets.add(spelled);
  }
}

keepSecret(PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, WRONG_KEY, azurite.key);

function assertNoSecret(where: string, text: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${where} holds a secret that begins with ${secret.slice(0, 12)}`);
}

/** Commands that change something of which there is only one: not to be run twice at once. */
const ALONE: ReadonlySet<string> = new Set(["restore", "key", "catalog"]);

/** Runs a command for people with all details, and for programs, and looks through everything it says. */
async function runQuietly(varve: VarveProgram, ...args: readonly string[]): Promise<readonly [ProgramRun, ProgramRun]> {
  const forPeople = varve.run(...args, "-v", "--debug");
  if (ALONE.has(args[0] ?? "")) await forPeople;
  const runs = await Promise.all([forPeople, varve.run(...args, "--json", "--debug")]);
  for (const { stdout, stderr } of runs) assertNoSecret(`varve ${args.join(" ")}`, stdout + stderr);
  return runs;
}

/** Everything the program has left on this machine. */
function assertNothingKept(): void {
  for (const item of readdirSync(home, { recursive: true, withFileTypes: true })) {
    if (item.isFile() && !item.parentPath.includes("/compiled"))
      assertNoSecret(item.name, readFileSync(`${item.parentPath}/${item.name}`, "latin1"));
  }
}

/** No object of a repository shows anything but that it is one. */
async function assertSealed(location: string, env: Readonly<Record<string, string>>): Promise<void> {
  const store = await openStore(parseLocation(location, env), { clock, random });
  let objects = 0;
  for await (const { key } of store.list("")) {
    const text = key + Buffer.from(await store.read(key)).toString("latin1");
    assertNoSecret(key, text);
    for (const plain of [CONTENT, NAME, TAG, folder.path]) assert.ok(!text.includes(plain), `${key} shows ${plain}`);
    objects += 1;
  }
  await store.close();
  assert.ok(objects > 8, "there were objects to look at");
}

describe("secrets", () => {
  const azure = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
  const settings = { ...azure, VARVE_PASSWORD: PASSWORD, VARVE_NEW_PASSWORD: NEW_PASSWORD, VARVE_REPOSITORY: `${folder.path}/repository` };
  const varve = new VarveProgram(home, settings);

  test("are in nothing that any command prints, succeeding or failing", async () => {
    const made = await varve.succeed("init");
    assertNoSecret("varve init", made.stdout + made.stderr);
    keepSecret(...(made.stdout.match(/[A-Z0-9]{4,}(-[A-Z0-9]{4,}){4,}/g) ?? assert.fail("init shows the recovery key once")));
    const target = `${folder.path}/target`;
    const commands: readonly (readonly string[])[] = [
      ["backup", source, "--tag", TAG],
      ["snapshots"],
      ["ls", "latest", "--recursive"],
      ["diff", "latest~1", "latest"],
      ["find", "*"],
      ["restore", "latest", "--to", target, "--verify"],
      ["check", "--read-data"],
      ["stats"],
      ["key", "list"],
      ["catalog", "rebuild"],
      ["config", "show"],
      ["version"],
    ];
    for (const command of commands) {
      const runs = await runQuietly(varve, ...command);
      for (const { code, stderr } of runs)
        assert.ok(code === 0 || (code === 4 && command[0] === "diff"), `varve ${command.join(" ")}: ${stderr}`);
    }
    for (const command of [
      ["cat", `latest:${NAME}-2`],
      ["dump", "latest"],
      ["completion", "bash"],
    ]) {
      const { code, stdout, stderr } = await varve.run(...command, "--debug");
      assert.equal(code, 0, stderr);
      assertNoSecret(command.join(" "), stdout + stderr);
    }
    const failing: readonly (readonly string[])[] = [
      ["init"],
      ["ls", "latest:none"],
      ["backup", `${source}/none`],
      ["restore", "latest", "--to", "/proc/none"],
      ["no-command"],
    ];
    for (const command of failing) for (const { code } of await runQuietly(varve, ...command)) assert.notEqual(code, 0, command.join(" "));
    assertNothingKept();
  });

  test("of keys are in nothing that key commands print", async () => {
    for (const command of [
      ["key", "add"],
      ["key", "passwd"],
    ])
      await runQuietly(varve, ...command);
    const wrong = varve.with({ VARVE_PASSWORD: WRONG_PASSWORD });
    for (const { code } of await runQuietly(wrong, "snapshots")) assert.equal(code, 12);
    writeFileSync(`${folder.path}/key-file`, "canary-recovery-key");
    keepSecret("canary-recovery-key");
    for (const { code } of await runQuietly(wrong, "snapshots", "--recovery-key-file", `${folder.path}/key-file`)) assert.notEqual(code, 0);
    assertNothingKept();
  });

  test("of Azure are in nothing that is printed, also when the service refuses, is not there, or is not understood", async () => {
    const place = { VARVE_REPOSITORY: "azure:canary:/place" };
    const remote = varve.with(place);
    const made = await remote.succeed("init");
    assertNoSecret("varve init", made.stdout + made.stderr);
    for (const command of [["backup", source], ["check"], ["config", "show"]])
      for (const { code, stderr } of await runQuietly(remote, ...command)) assert.equal(code, 0, stderr);
    const sas = await makeSas(azurite, "canary", "rl");
    keepSecret(sas, new URLSearchParams(sas).get("sig") ?? assert.fail("a SAS is signed"));
    const reader = {
      AZURE_STORAGE_CONNECTION_STRING: "",
      AZURE_STORAGE_SAS_TOKEN: sas,
      VARVE_REPOSITORY: `${azurite.serviceUrl}/canary/place`,
    };
    const inAddress = { AZURE_STORAGE_CONNECTION_STRING: "", VARVE_REPOSITORY: `${azurite.serviceUrl}/canary/place?${sas}` };
    const connection = (from: string, to: string): Readonly<Record<string, string>> => ({
      AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString.replace(from, to),
    });
    const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[], readonly number[]])[] = [
      [reader, ["snapshots"], [0]],
      [reader, ["backup", source], [13]],
      [inAddress, ["snapshots"], [0]],
      [inAddress, ["config", "show"], [0]],
      [inAddress, ["backup", source], [13]],
      [connection(azurite.key, WRONG_KEY), ["snapshots"], [13]],
      [connection(`${azurite.port}`, "1"), ["version"], [0]],
      [connection("AccountName=", `Nonsense${WRONG_KEY}=`), ["snapshots"], [0, 2, 13]],
      [connection("http://", `${WRONG_KEY}:`), ["snapshots"], [1, 2, 7, 10, 13]],
    ];
    for (const [change, command, codes] of cases) {
      for (const { code, stderr } of await runQuietly(remote.with(change), ...command))
        assert.ok(codes.includes(code ?? -1), `${command.join(" ")}: ${code} ${stderr}`);
    }
    const logged = await remote.with(inAddress).run("backup", source, "--metrics-log", `${home}/metrics.json`);
    assert.deepEqual([logged.code, readFileSync(`${home}/metrics.json`, "utf8").includes("canary/place")], [13, true]);
    assertNothingKept();
  });

  test("and names, content and tags are in no object of a repository", async () => {
    await assertSealed(`${folder.path}/repository`, {});
    await assertSealed("azure:canary:/place", azure);
  });
});
