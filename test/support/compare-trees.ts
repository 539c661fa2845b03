import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { ENTRY_KIND } from "../../src/format/entry.ts";
import { byteStringOf, displayBytes, joinPath, toHex, type ByteString } from "../../src/shared/bytes.ts";
import { LocalReader } from "../../src/source/local/local-reader.ts";
import { LocalSource } from "../../src/source/local/local-source.ts";
import type { SourceNode } from "../../src/source/source.ts";
import { copyOf } from "./copy-tree.ts";

const buffer = new Uint8Array(1024 * 1024);
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;
const EMPTY = "" as ByteString;

/**
 * Compares two trees to the nanosecond by what the kernel says of each node: kind, mode, owner, size, modification time, links and
 * who shares them, device, attributes, link target, content, holes. Returns one line a difference.
 */
export function compareFacts(one: string, other: string): readonly string[] {
  const first = describeTree(one);
  const second = describeTree(other);
  const differences: string[] = [];
  for (const [path, facts] of first) {
    const there = second.get(path);
    if (there === undefined) differences.push(`${path}: missing`);
    else if (there !== facts) differences.push(`${path}: ${facts} | ${there}`);
  }
  for (const path of second.keys()) if (!first.has(path)) differences.push(`${path}: extra`);
  return differences;
}

function describeTree(root: string): Map<string, string> {
  const source = new LocalSource(byteStringOf(root));
  const reader = new LocalReader(byteStringOf(root));
  const described = new Map<string, string>();
  const firstNames = new Map<bigint, string>();
  const nodes = walk(source);
  for (const { directory, node } of nodes.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const path = pathOf({ directory, node });
    if (node.kind !== ENTRY_KIND.directory && !firstNames.has(node.nodeId)) firstNames.set(node.nodeId, path);
    const details = source.details(directory, node.name, node.kind);
    const attributes = details.attributes.map(({ name, value }) => `${displayBytes(name)}=${toHex(value)}`).toSorted();
    const { kind, mode, uid, gid, modifiedNs, device } = node;
    const facts = [`kind ${kind}`, `mode ${mode.toString(8)}`, `owner ${uid}:${gid}`, `modified ${modifiedNs}`, `device ${device}`];
    if (kind !== ENTRY_KIND.directory)
      facts.push(`links ${node.links}`, `same as ${displayBytes((firstNames.get(node.nodeId) ?? "") as ByteString)}`);
    if (details.linkTarget !== "") facts.push(`target ${displayBytes(details.linkTarget)}`);
    if (kind === ENTRY_KIND.file) facts.push(describeContent(reader, directory, node));
    described.set(displayBytes(path as ByteString), [...facts, ...attributes].join(", "));
  }
  source.close();
  reader.close();
  return described;
}

function pathOf(item: { readonly directory: ByteString; readonly node: SourceNode }): string {
  return item.node.name === "" ? "." : joinPath(item.directory, item.node.name);
}

function walk(source: LocalSource): { readonly directory: ByteString; readonly node: SourceNode }[] {
  const found = [{ directory: EMPTY, node: { ...copyOf(source.root()), name: EMPTY } }];
  const pending: ByteString[] = [EMPTY];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const node of [...source.list(directory)].flat()) {
      found.push({ directory, node: copyOf(node) });
      if (node.kind === ENTRY_KIND.directory) pending.push(joinPath(directory, node.name));
    }
  }
  return found;
}

function describeContent(reader: LocalReader, directory: ByteString, node: SourceNode): string {
  const content = reader.open(directory, node.name);
  const hash = createHash("sha256");
  const extents = content.extents();
  for (const extent of extents ?? [{ offset: 0, length: node.size }]) {
    for (let at = extent.offset; at < extent.offset + extent.length;) {
      const got = content.read(buffer.subarray(0, Math.min(buffer.length, extent.offset + extent.length - at)), at);
      if (got === 0) break;
      hash.update(buffer.subarray(0, got));
      at += got;
    }
  }
  content.close();
  const data = extents?.map(({ offset, length }) => `${offset}+${length}`).join(" ") ?? "whole";
  return `size ${node.size}, data ${data}, content ${hash.digest("hex").slice(0, 16)}`;
}

/** The tools that `compareByTools` needs and this machine lacks. A test that needs them is skipped and says which. */
export async function missingTools(): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const tool of ["rsync", "getfacl", "getfattr"]) {
    await run(tool, ["--version"], "/").catch(() => missing.push(tool));
  }
  return missing;
}

/**
 * Compares two trees by programs that are not ours: rsync (checksums, owners, times, links, ACLs, attributes), getfacl, getfattr.
 * Returns one line a difference. None of the paths may be longer than PATH_MAX.
 */
export async function compareByTools(one: string, other: string): Promise<readonly string[]> {
  const changes = await run("rsync", ["-aHAXSn", "--checksum", "--itemize-changes", "--delete", `${one}/`, `${other}/`], "/");
  const differences = changes
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `rsync: ${line}`);
  const dumps = [
    ["getfacl", "-R", "-P", "-n", "."],
    ["getfattr", "-R", "-h", "-P", "-d", "-e", "hex", "-m", "-", "."],
  ] as const;
  for (const [tool, ...args] of dumps) {
    const [first, second] = [await dump(tool, args, one), await dump(tool, args, other)];
    for (const block of first) if (!second.has(block)) differences.push(`${tool}, only first: ${block}`);
    for (const block of second) if (!first.has(block)) differences.push(`${tool}, only second: ${block}`);
  }
  return differences;
}

/** What a tool says of each file below a folder: blocks of lines, since the order of directories differs. */
async function dump(tool: string, args: readonly string[], folder: string): Promise<Set<string>> {
  return new Set((await run(tool, args, folder)).split("\n\n"));
}

function run(file: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { cwd: folder, maxBuffer: OUTPUT_BYTES_MAX, encoding: "latin1" }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}
