import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { steadyClock } from "../../protocol/clock.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Backend, Place, View } from "../backend.ts";
import type { NodeDraft } from "../node-record.ts";
import { openDiskBackend } from "./disk-backend.ts";

/** Few names, so that steps meet each other; two differ by case alone. */
const NAMES = ["a", "A", "b", "c"];
const PROPERTIES = { quotaGib: 1, accessTier: "Hot", rootSquash: "NoRootSquash", metadata: {}, policies: [] } as const;

type Path = readonly string[];

type Step =
  | { readonly kind: "directory"; readonly path: Path }
  | { readonly kind: "remove"; readonly path: Path }
  | { readonly kind: "file"; readonly path: Path; readonly replace: boolean; readonly text: string }
  | { readonly kind: "describe"; readonly path: Path; readonly text: string }
  | { readonly kind: "rename"; readonly path: Path; readonly to: Path; readonly replace: boolean }
  | { readonly kind: "link"; readonly path: Path; readonly to: Path }
  | { readonly kind: "snapshot" }
  | { readonly kind: "forget"; readonly which: number };

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const text = fc.string({ minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("directory" as const), path }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("file" as const), path, replace: fc.boolean(), text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("describe" as const), path, text }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("rename" as const), path, to: path, replace: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("link" as const), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("snapshot" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), which: fc.nat(5) }) },
);

/** A file, which has several names when it was linked. */
interface ModelFile {
  text: string;
  note: string;
}

/** A directory: names as given, by the key they compare with. */
interface ModelDirectory {
  note: string;
  readonly entries: Map<string, { readonly name: string; readonly node: ModelFile | ModelDirectory }>;
}

const isDirectory = (node: ModelFile | ModelDirectory | undefined): node is ModelDirectory => node !== undefined && "entries" in node;

const keysOf = (path: Path): Path => path.map((name) => name.toUpperCase());

function isBelow(path: Path, above: Path): boolean {
  return path.length > above.length && above.every((name, index) => name === path[index]);
}

/** Nothing is there, or a file that may be replaced. */
function mayTake(there: ModelFile | ModelDirectory | undefined, replace: boolean): boolean {
  return there === undefined || (replace && !isDirectory(there));
}

/** The same operations on plain maps; each returns the code of the error it expects, or nothing. */
class Model {
  readonly root: ModelDirectory = { note: "", entries: new Map() };

  find(path: Path): ModelFile | ModelDirectory | undefined {
    let node: ModelFile | ModelDirectory | undefined = this.root;
    for (const name of path) node = isDirectory(node) ? node.entries.get(name.toUpperCase())?.node : undefined;
    return node;
  }

  put(path: Path, node: ModelFile | ModelDirectory, replace: boolean): string | undefined {
    const parent = this.find(path.slice(0, -1));
    const name = path.at(-1) ?? "";
    if (!isDirectory(parent)) return "ParentNotFound";
    if (!mayTake(this.find(path), replace)) return "ResourceAlreadyExists";
    parent.entries.set(name.toUpperCase(), { name, node });
    return undefined;
  }

  remove(path: Path): string | undefined {
    const node = this.find(path);
    const parent = this.find(path.slice(0, -1));
    if (!isDirectory(parent)) return "ParentNotFound";
    if (node === undefined) return "ResourceNotFound";
    if (isDirectory(node) && node.entries.size > 0) return "DirectoryNotEmpty";
    parent.entries.delete((path.at(-1) ?? "").toUpperCase());
    return undefined;
  }

  rename(from: Path, to: Path, replace: boolean): string | undefined {
    const node = this.find(from);
    const [source, target] = [this.find(from.slice(0, -1)), this.find(to.slice(0, -1))];
    if (!isDirectory(source)) return "ParentNotFound";
    if (node === undefined) return "ResourceNotFound";
    if (!isDirectory(target)) return "ParentNotFound";
    const [key, toKey] = [keysOf(from), keysOf(to)];
    if (isDirectory(node) && isBelow(toKey, key)) return "InvalidInput";
    if (key.join("/") !== toKey.join("/") && !mayTake(this.find(to), replace)) return "ResourceAlreadyExists";
    source.entries.delete(key.at(-1) ?? "");
    target.entries.set(toKey.at(-1) ?? "", { name: to.at(-1) ?? "", node });
    return undefined;
  }

  /** Every path with what lies there. */
  show(directory: ModelDirectory = this.root, above = ""): readonly string[] {
    return [...directory.entries.values()].flatMap(({ name, node }) => {
      const path = `${above}/${name}`;
      return isDirectory(node) ? [`${path}/ ${node.note}`, ...this.show(node, path)] : [`${path} ${node.note} ${node.text}`];
    });
  }
}

function draft(kind: "file" | "directory", text: string): NodeDraft {
  const content = kind === "file" ? Buffer.from(text) : undefined;
  const rest = { permissionKey: "", headers: {}, metadata: {}, posix: undefined, copy: undefined, linkText: undefined };
  return { kind, times: {}, attributes: 0, size: content?.length ?? 0, content, ...rest };
}

/** A backend with one share, and what the test does to it. */
class Subject {
  readonly backend: Backend;
  readonly share: string;

  constructor(backend: Backend, share: string) {
    this.backend = backend;
    this.share = share;
  }

  async place(path: Path): Promise<Place> {
    const { node } = await this.backend.tree.find({ share: this.share, snapshot: undefined }, path.slice(0, -1));
    if (node === undefined) throw new StorageError("ParentNotFound");
    return { share: this.share, parentId: node.fileId, name: path.at(-1) ?? "" };
  }

  /** Does what a handler would do for the step; the code of the error it got, or nothing. */
  async apply(step: Step): Promise<string | undefined> {
    try {
      await this.#apply(step);
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error.code;
      throw error;
    }
  }

  async #apply(step: Step): Promise<void> {
    const { writer, tree } = this.backend;
    if (step.kind === "snapshot" || step.kind === "forget") return;
    const place = await this.place(step.path);
    const find = async (): Promise<bigint> => {
      const { node } = await tree.find({ share: this.share, snapshot: undefined }, step.path);
      if (node === undefined) throw new StorageError("ResourceNotFound");
      return node.fileId;
    };
    if (step.kind === "directory") await writer.create(place, draft("directory", ""), { existing: "fail" });
    if (step.kind === "file") await writer.create(place, draft("file", step.text), { existing: step.replace ? "replace" : "fail" });
    if (step.kind === "remove") await writer.remove(place);
    if (step.kind === "describe") await writer.update(this.share, await find(), { metadata: { note: step.text } });
    if (step.kind === "rename") {
      await find();
      await writer.rename(place, await this.place(step.to), { existing: step.replace ? "replace" : "fail" });
    }
    if (step.kind === "link") {
      const fileId = await find();
      await writer.link(await this.place(step.to), fileId);
    }
  }

  /** Every path of a view with what lies there, in the form of `Model.show`. */
  async show(view: View, directory = 0n, above = ""): Promise<readonly string[]> {
    const shown: string[] = [];
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page = await this.backend.tree.list(view, directory, { prefix: "", after, countMax: 2 });
      for (const node of page.nodes) {
        const path = `${above}/${node.name}`;
        const note = node.metadata["note"] ?? "";
        if (node.kind === "directory") shown.push(`${path}/ ${note}`, ...(await this.show(view, node.fileId, path)));
        else shown.push(`${path} ${note} ${await this.#content(view, node)}`);
      }
      after = page.next;
    }
    return shown;
  }

  async #content(view: View, { fileId, size }: { readonly fileId: bigint; readonly size: number }): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.backend.content.read(view, fileId, { offset: 0, length: size })) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }
}

function applyToModel(model: Model, step: Step): string | undefined {
  if (step.kind === "directory") return model.put(step.path, { note: "", entries: new Map() }, false);
  if (step.kind === "file") return model.put(step.path, { text: step.text, note: "" }, step.replace);
  if (step.kind === "remove") return model.remove(step.path);
  if (step.kind === "rename") return model.rename(step.path, step.to, step.replace);
  if (step.kind === "snapshot" || step.kind === "forget") return undefined;
  if (model.find(step.path.slice(0, -1)) === undefined) return "ParentNotFound";
  const node = model.find(step.path);
  if (node === undefined) return isDirectory(model.find(step.path.slice(0, -1))) ? "ResourceNotFound" : "either";
  if (step.kind === "link") return model.put(step.to, node, false);
  node.note = step.text;
  return undefined;
}

/** A link to a directory is the protocol's to refuse. */
function isLinkToDirectory(model: Model, step: Step): boolean {
  return step.kind === "link" && isDirectory(model.find(step.path));
}

test("names, properties and content agree with a model, on the live tree and in every snapshot", async (t) => {
  const location = await mkdtemp(join(tmpdir(), "emulator-tree-"));
  const backend = openDiskBackend(
    location,
    steadyClock(() => 0),
  );
  t.after(async () => {
    await backend.close();
    await rm(location, { recursive: true, force: true });
  });
  let runs = 0;
  const play = async (steps: readonly Step[]): Promise<void> => {
    runs += 1;
    const subject = new Subject(backend, `share-${runs}`);
    await backend.shares.create(subject.share, { ...PROPERTIES, protocol: "SMB" });
    const model = new Model();
    const frozen: { readonly snapshot: string; readonly shown: readonly string[] }[] = [];
    for (const one of steps) {
      if (isLinkToDirectory(model, one)) continue;
      const [seen, expected] = [await subject.apply(one), applyToModel(model, one)];
      if (seen !== expected) assert.ok(isMissing(seen) && isMissing(expected), `${JSON.stringify(one)}: ${seen}, not ${expected}`);
      if (one.kind === "snapshot") {
        const { snapshot } = await backend.snapshots.create(subject.share, { metadata: {}, countMax: 200 });
        frozen.push({ snapshot, shown: [...model.show()].sort() });
      }
      if (one.kind === "forget" && frozen.length > 0) {
        const [gone] = frozen.splice(one.which % frozen.length, 1);
        await backend.snapshots.delete(subject.share, gone?.snapshot ?? "");
      }
    }
    const live = await subject.show({ share: subject.share, snapshot: undefined });
    assert.deepEqual([...live].sort(), [...model.show()].sort());
    for (const { snapshot, shown } of frozen) {
      assert.deepEqual([...(await subject.show({ share: subject.share, snapshot }))].sort(), shown, snapshot);
    }
    await backend.shares.delete(subject.share, { snapshots: true });
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), play), { numRuns: 150 });
});

/** Which of several missing things is named first does not matter. */
function isMissing(code: string | undefined): boolean {
  return code === "ParentNotFound" || code === "ResourceNotFound" || code === "either";
}
