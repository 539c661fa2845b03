import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test, type TestContext } from "node:test";
import { ShareServiceClient, StorageSharedKeyCredential } from "@azure/storage-file-share";
import { type Emulator, startEmulator } from "../../emulator/src/index.ts";
import { type Certificate, makeCertificate } from "../../emulator/test/support/certificate.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { contentOf } from "../support/backup-fixture.ts";
import { type IdentityEndpoint, startIdentityEndpoint, storageClaims } from "../support/identity-endpoint.ts";
import { factsOfShare } from "../support/share-facts.ts";
import { fillShare } from "../support/share-tree.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { type ProgramRun, showsStack, VarveProgram } from "../support/varve-program.ts";

// Without keys and SAS the program is whoever the machine is: here a managed identity, as machines in Azure have one. Tokens go over
// HTTPS only, so both services have a certificate.

/** No emulator's account: for that one its public key would be taken. */
const ACCOUNT = "entra";
const SHARE = `azfiles://${ACCOUNT}/projects`;

const folder = await tempFolder("identity", MEMORY_PLACE);
after(() => folder.remove());

interface Services {
  readonly certificate: Certificate;
  readonly azurite: Azurite;
  readonly emulator: Emulator;
}

let services: Services | undefined;
before(async () => {
  const certificate = await makeCertificate(folder.path);
  if (certificate === undefined) return;
  const azurite = await startAzurite({ certificate, account: ACCOUNT });
  const tls = { cert: readFileSync(certificate.cert, "utf8"), key: readFileSync(certificate.key, "utf8") };
  const emulator = await startEmulator({ store: `${folder.path}/shares`, account: ACCOUNT, tls, bearer: "open" });
  services = { certificate, azurite, emulator };
});
after(async () => {
  await services?.azurite.stop();
  await services?.emulator.close();
});

/** The program of a machine that has this identity, or none. */
function programOf({ certificate, azurite, emulator }: Services, name: string, identity: Partial<IdentityEndpoint> = {}): VarveProgram {
  return new VarveProgram(`${folder.path}/${name}`, {
    NODE_EXTRA_CA_CERTS: certificate.cert,
    VARVE_REPOSITORY: `${azurite.serviceUrl}/${name}`,
    VARVE_PASSWORD: "correct horse",
    VARVE_SOURCE_ENDPOINT: emulator.url,
    // The chain of a machine in Azure: those of developers start programs that may be anywhere on PATH.
    AZURE_TOKEN_CREDENTIALS: "ManagedIdentityCredential",
    ...identity.env,
  });
}

function servicesOr(context: TestContext): Services | undefined {
  if (services === undefined) context.skip("there is no openssl to make a certificate with");
  return services;
}

/** The owner's client, with a key. */
function ownerOf({ certificate, emulator }: Services): ShareServiceClient {
  const credential = new StorageSharedKeyCredential(emulator.account, emulator.key);
  const options = { allowTrailingDot: true, tlsOptions: { ca: readFileSync(certificate.cert, "utf8") } };
  return new ShareServiceClient(emulator.url, credential, options);
}

function assertRefused(run: ProgramRun, said: RegExp, secrets: readonly string[] = []): void {
  assert.equal(run.code, 13, run.stderr);
  assert.match(run.stderr, /^error: .+\nwhy: {3}.+\nhint: {2}.+\n$/m);
  assert.match(run.stderr, said);
  assert.ok(!showsStack(run.stderr), run.stderr);
  for (const secret of secrets) assert.ok(!`${run.stdout}${run.stderr}`.includes(secret), "no token is shown");
}

test("a share is saved into a container and restored by the identity of the machine alone", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint();
  const owner = ownerOf(running);
  const share = owner.getShareClient("projects");
  await share.create();
  await fillShare(share, { "a/one.txt": "one", "a/b/two.txt": "two", "large.bin": new Uint8Array(9_000_000).fill(7), "empty/": "" });
  const varve = programOf(running, "whole", identity);
  await varve.succeed("init");
  const before = identity.tokens.length;
  await varve.succeed("backup", SHARE, "--threads", "2");
  const given = identity.tokens.length - before;
  assert.ok(given <= 2 * 3, `each of three threads asks once for the container and once for the share, not ${given} times`);
  await varve.succeed("restore", "latest", "--to", `azfiles://${ACCOUNT}/back`);
  assert.deepEqual(await factsOfShare(owner.getShareClient("back")), await factsOfShare(share));
  await varve.succeed("restore", "latest", "--to", `${folder.path}/out`);
  assert.deepEqual(Object.keys(contentOf(`${folder.path}/out`)), ["a/", "a/b/", "a/b/two.txt", "a/one.txt", "empty/", "large.bin"]);
  await varve.succeed("check", "--read-data");
  assert.deepEqual([...new Set(identity.asked)], ["https://storage.azure.com"]);
});

test("files become GUID-named blobs and come back by the identity of the machine alone", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint();
  const varve = programOf(running, "guid", identity);
  mkdirSync(`${varve.home}/data`);
  writeFileSync(`${varve.home}/data/file`, "content");
  writeFileSync(`${varve.home}/data/large`, new Uint8Array(20_000_000).fill(7));
  const where = ["--mapping", `${varve.home}/mapping.json`, "--container", `${running.azurite.serviceUrl}/guid`];
  await varve.succeed("guid", "index", `${varve.home}/data`, "--mapping", `${varve.home}/mapping.json`);
  await varve.succeed("guid", "save", ...where, "--create-container");
  await varve.succeed("guid", "restore", ...where, "--to", `${varve.home}/out`);
  assert.deepEqual(contentOf(`${varve.home}/out${varve.home}/data`), contentOf(`${varve.home}/data`));
});

test("a machine without an identity is told so, for a container and for a share", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  const varve = programOf(running, "nobody").with({ AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential" });
  assertRefused(await varve.run("init"), /container nobody of account entra[\s\S]+no Azure identity[\s\S]+az login.+AZURE_STORAGE_KEY/);
  assertRefused(await varve.run("scan", SHARE), /share projects of account entra[\s\S]+no Azure identity[\s\S]+VARVE_SOURCE_KEY/);
});

test("a directory that refuses to give a token is told like no identity", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint({ status: 400 });
  const varve = programOf(running, "refused", identity);
  assertRefused(await varve.run("init"), /identity/);
  assertRefused(await varve.run("scan", SHARE), /identity/);
  assert.ok(identity.asked.length > 0);
});

test("a token that the service refuses is told with the role that it needs, and not shown", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint({ claims: storageClaims({ aud: "https://elsewhere.example" }) });
  const varve = programOf(running, "foreign", identity);
  const refused = await varve.run("init", "--debug");
  assert.equal(refused.code, 13, refused.stderr);
  assertRefused(await varve.run("init"), /refuses these credentials[\s\S]+Storage Blob Data Contributor/, identity.tokens);
  for (const token of identity.tokens) assert.ok(!refused.stderr.includes(token));
});

test("an identity is not sent over plain HTTP", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint();
  const varve = programOf(running, "plain", identity);
  const plain = (url: string): string => url.replace("https:", "http:");
  const container = await varve.run("init", plain(`${running.azurite.serviceUrl}/plain`));
  assert.equal(container.code, 2, container.stderr);
  assert.match(container.stderr, /in clear[\s\S]+https/);
  const share = await varve.with({ VARVE_SOURCE_ENDPOINT: plain(running.emulator.url) }).run("scan", SHARE);
  assert.equal(share.code, 2, share.stderr);
  assert.match(share.stderr, /in clear[\s\S]+https/);
  assert.deepEqual(identity.tokens, []);
});

test("a key or a SAS is used without asking who the machine is", async (context) => {
  const running = servicesOr(context);
  if (running === undefined) return;
  await using identity = await startIdentityEndpoint();
  const varve = programOf(running, "keyed", identity).with({ AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_KEY: running.azurite.key });
  await varve.succeed("init");
  assert.deepEqual(identity.asked, []);
});
