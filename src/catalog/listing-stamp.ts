import { type Blake3, createBlake3 } from "../crypto/blake3.ts";
import { withRoom } from "../shared/growing-arrays.ts";
import type { ListedNode } from "./compare.ts";
import type { NodeRow } from "./node-store.ts";

/** Numbers of one node: id, size, modification time, change token, kind; all of them but names, which go apart. */
const WORDS_PER_NODE = 5;

/**
 * Makes the stamp of a directory: one number of 64 bits for everything that `compareDirectory` compares, so that a listing in which
 * nothing changed is known without a look at its rows. Different listings have the same stamp once in 2^64.
 */
export class ListingStamper {
  readonly #hash: Blake3;
  #words: BigInt64Array<ArrayBuffer> = new BigInt64Array(256 * WORDS_PER_NODE);

  private constructor(hash: Blake3) {
    this.#hash = hash;
  }

  static async create(): Promise<ListingStamper> {
    return new ListingStamper(await createBlake3());
  }

  /** `nodes` are ordered by name. */
  ofNodes(nodes: readonly ListedNode[]): bigint {
    this.#makeRoom(nodes.length);
    for (const [at, node] of nodes.entries()) this.#put(at, node, node.nodeId);
    return this.#stampOf(nodes);
  }

  /** The stamp of the listing that these rows came from. They are ordered by name. */
  ofRows(rows: readonly NodeRow[]): bigint {
    this.#makeRoom(rows.length);
    for (const [at, row] of rows.entries()) this.#put(at, row, row.id);
    return this.#stampOf(rows);
  }

  #makeRoom(nodes: number): void {
    this.#words = withRoom(this.#words, nodes * WORDS_PER_NODE);
  }

  #put(at: number, facts: Omit<ListedNode, "nodeId">, id: bigint): void {
    const words = this.#words;
    const start = at * WORDS_PER_NODE;
    words[start] = id;
    words[start + 1] = BigInt(facts.size);
    words[start + 2] = facts.modifiedNs;
    words[start + 3] = facts.changeToken;
    words[start + 4] = BigInt(facts.kind);
  }

  #stampOf(nodes: readonly { readonly name: string }[]): bigint {
    const hash = this.#hash;
    hash.reset();
    hash.update(new Uint8Array(this.#words.buffer, 0, nodes.length * WORDS_PER_NODE * 8));
    // No name has a NUL, so no two lists of names make one text.
    hash.update(Buffer.from(nodes.map(({ name }) => name).join("\0"), "latin1"));
    return new DataView(hash.digest().buffer).getBigInt64(0, true);
  }
}
