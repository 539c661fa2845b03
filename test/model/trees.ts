import type { Random } from "../../src/shared/random.ts";
import type { Tree } from "../support/thin-backup.ts";

/** Strings that are in every tree and must be nowhere in a repository or an error. */
export const CONTENT_CANARY = "canary-in-the-content-of-a-file";
export const NAME_CANARY = "canary-in-a-name";

const NAMES = ["a", "b", "c", "d", "e"];

function below(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}

/** Content that several files and several trees share in part, so that writers deduplicate onto each other's chunks. */
function content(random: Random): Uint8Array {
  const parts: Buffer[] = [Buffer.from(CONTENT_CANARY)];
  for (let count = below(random, 5); count > 0; count -= 1) {
    const shared = below(random, 6);
    parts.push(shared < 5 ? Buffer.alloc(1000, `${shared} shared piece `) : Buffer.from(random.bytes(1 + below(random, 3000))));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A small tree: empty and nested directories, empty, shared and unique content, names that are not ASCII. */
export function anyTree(random: Random, depth = 2): Tree {
  const tree = new Map<string, Uint8Array | Tree>();
  for (const name of NAMES.slice(0, 1 + below(random, NAMES.length))) {
    const what = below(random, 5);
    if (what === 0 && depth > 0) tree.set(`${name}é`, anyTree(random, depth - 1));
    else if (what === 1) tree.set(name, new Map());
    else if (what === 2) tree.set(`${name}-empty`, new Uint8Array(0));
    else tree.set(`${NAME_CANARY}-${name}`, content(random));
  }
  return tree;
}
