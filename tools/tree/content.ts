import { createCipheriv } from "node:crypto";
import type { Cipheriv } from "node:crypto";
import { Rng } from "./rng.ts";
import { VOCABULARY } from "./words.ts";

/** What a file holds: prose, source code, records of numbers, or bytes that no compressor makes smaller. */
export type ContentKind = "prose" | "source" | "records" | "random";

/** Yields the bytes of one file, piece after piece. */
export interface ContentMaker {
  /** Fills the first `length` bytes of `into` with the bytes that follow. */
  fill(into: Buffer, length: number): void;
}

/** The content of kind `kind` number `stream` of the tree made from `seed`. */
export function contentMaker(kind: ContentKind, seed: number, stream: number): ContentMaker {
  const rng = new Rng(seed, stream);
  if (kind === "random") return new RandomBytes(rng);
  if (kind === "records") return new Records(rng);
  return new Lines(kind === "prose" ? new ProseLine(rng) : new SourceLine(rng));
}

/** AES keystream: faster than any generator in JavaScript. */
class RandomBytes implements ContentMaker {
  readonly #cipher: Cipheriv;

  constructor(rng: Rng) {
    const key = Buffer.alloc(32);
    for (let at = 0; at < 32; at += 4) key.writeInt32LE(rng.next(), at);
    this.#cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), key.subarray(16));
  }

  fill(into: Buffer, length: number): void {
    this.#cipher.update(into.subarray(0, length)).copy(into);
  }
}

const ROW_BYTES = 24;

/** Rows as a database or a log of measurements has them: counters, slow walks, flags, a little noise. */
class Records implements ContentMaker {
  readonly #rng: Rng;
  readonly #magic: number;
  #row = 0;
  #time: number;
  #level: number;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#magic = rng.next();
    this.#time = rng.next();
    this.#level = rng.next() >> 8;
  }

  fill(into: Buffer, length: number): void {
    const rng = this.#rng;
    const words = new Int32Array(into.buffer, into.byteOffset, into.length >> 2);
    let at = 0;
    for (; at + ROW_BYTES <= length; at += ROW_BYTES) {
      const noise = rng.next();
      const word = at >> 2;
      this.#time = (this.#time + (noise & 0x3ff)) | 0;
      this.#level = (this.#level + ((noise >> 10) & 0xff) - 128) | 0;
      words[word] = this.#magic;
      words[word + 1] = this.#row++;
      words[word + 2] = this.#time;
      words[word + 3] = this.#level;
      words[word + 4] = (noise >> 18) & 0x11;
      words[word + 5] = noise & 0x1000 ? rng.next() : 0;
    }
    into.fill(0, at, length);
  }
}

interface LineMaker {
  /** Writes one line at `at` and returns where it ends; there is room for `LINE_BYTES_MAX`. */
  write(into: Buffer, at: number): number;
}

const LINE_BYTES_MAX = 4096;

/** Lines of text, cut off wherever the file ends. */
class Lines implements ContentMaker {
  readonly #line: LineMaker;
  readonly #spare = Buffer.alloc(LINE_BYTES_MAX);

  constructor(line: LineMaker) {
    this.#line = line;
  }

  fill(into: Buffer, length: number): void {
    let at = 0;
    while (at + LINE_BYTES_MAX <= length) at = this.#line.write(into, at);
    while (at < length) {
      const end = Math.min(this.#line.write(this.#spare, 0), length - at);
      at += this.#spare.copy(into, at, 0, end);
    }
  }
}

/** Words end to end: copying from one array is several times faster than from 20,000 small ones. */
class WordTable {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;

  constructor(words: readonly string[]) {
    this.count = words.length;
    this.#bytes = new Uint8Array(Buffer.from(words.join("")));
    this.#starts = new Uint32Array(words.length + 1);
    words.forEach((word, index) => {
      this.#starts[index + 1] = (this.#starts[index] ?? 0) + Buffer.byteLength(word);
    });
  }

  /** Writes word number `index` at `at` and returns where it ends. */
  put(index: number, into: Uint8Array, at: number): number {
    const bytes = this.#bytes;
    const end = this.#starts[index + 1] ?? 0;
    for (let from = this.#starts[index] ?? 0; from < end; from++) into[at++] = bytes[from] ?? 0;
    return at;
  }
}

const WORDS: WordTable = new WordTable(VOCABULARY);

const PHRASE_WORDS = 1500;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Prose, in which a third of the words follow the one before as they always do: set phrases. */
class ProseLine implements LineMaker {
  readonly #rng: Rng;
  #word = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  write(into: Buffer, at: number): number {
    const rng = this.#rng;
    for (let words = 6 + rng.below(12); words > 0; words--) {
      this.#word = rng.below(3) === 0 ? (this.#word * 31 + 7) % PHRASE_WORDS : rng.skewed(WORDS.count);
      at = WORDS.put(this.#word, into, at);
      into[at++] = words === 1 ? 0x2e : SPACE;
    }
    into[at++] = NEWLINE;
    return at;
  }
}

/** `$` stands for an identifier of the file, `#` for a number, `~` for a word. */
const TEMPLATES: readonly Uint8Array[] = [
  "const $ = $.$($, #);",
  "if ($ === undefined) return $;",
  "$.$ = $;",
  "// ~ ~ ~ ~ ~ ~",
  "return $($, { $: #, $ });",
  "for (const $ of $.$()) {",
  "}",
  '"$": "~ ~",',
  "export function $($: $, $: $): $ {",
  "this.$.set($, $.$ + #);",
  'throw new $("~ ~ ~ ~");',
  "import { $, $ } from './$/$.js';",
  "",
  "await $.$($, ~, #);",
  "[#, #, #, #],",
].map((template) => new Uint8Array(Buffer.from(template)));

const IDENTIFIER = 0x24;
const NUMBER = 0x23;
const WORD = 0x7e;

class SourceLine implements LineMaker {
  readonly #rng: Rng;
  readonly #identifiers: WordTable;
  #depth = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#identifiers = new WordTable(Array.from({ length: 16 + rng.below(48) }, () => identifier(rng)));
  }

  write(into: Buffer, at: number): number {
    const rng = this.#rng;
    this.#depth = Math.max(0, Math.min(6, this.#depth + rng.below(3) - 1));
    for (let spaces = 2 * this.#depth; spaces > 0; spaces--) into[at++] = SPACE;
    for (const byte of rng.pick(TEMPLATES)) {
      if (byte === IDENTIFIER) at = this.#identifiers.put(rng.skewed(this.#identifiers.count), into, at);
      else if (byte === WORD) at = WORDS.put(rng.skewed(WORDS.count), into, at);
      else if (byte === NUMBER) at = putNumber(into, at, rng.skewed(10_000));
      else into[at++] = byte;
    }
    into[at++] = NEWLINE;
    return at;
  }
}

function putNumber(into: Uint8Array, at: number, value: number): number {
  if (value >= 10) at = putNumber(into, at, Math.floor(value / 10));
  into[at] = 0x30 + (value % 10);
  return at + 1;
}

/** Two words in camel case, or one. */
function identifier(rng: Rng): string {
  const first = VOCABULARY[rng.skewed(VOCABULARY.length)] ?? "";
  const second = VOCABULARY[rng.skewed(VOCABULARY.length)] ?? "";
  return rng.below(3) === 0 ? first : first + second.charAt(0).toUpperCase() + second.slice(1);
}
