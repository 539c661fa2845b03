import { jsonParser } from "stream-json/core/parser.js";
import type { Token } from "stream-json/core/parser.js";
import { isBlobName } from "../storage/blob/blob-name.ts";
import type { MappingEntry } from "./mapping-entry.ts";

/** A longer stretch without a whole entry is no mapping: names have at most 1,024 characters, paths 4,096 bytes. */
const CHARS_WITHOUT_ENTRY_MAX = 1024 * 1024;

/** How much of a value is shown in a message. */
const SHOWN_CHARS_MAX = 60;

const SYNTAX = { packValues: true, streamValues: false } as const;

/** Why the text is no mapping. */
export class MappingFault extends Error {
  override readonly name = "MappingFault";
}

/**
 * Turns the text of a mapping, piece by piece, into its entries. Memory is bounded by the piece, whatever the text is. Throws
 * `MappingFault` for what is not one JSON object of names and texts.
 */
export class MappingParser {
  readonly #parse = jsonParser(SYNTAX);
  #state: "start" | "inside" | "done" = "start";
  #name: string | undefined;
  #entries = 0;
  #charsSinceEntry = 0;
  #blank = true;

  /** The entries that end in this piece. */
  push(text: string): MappingEntry[] {
    const found: MappingEntry[] = [];
    this.#blank &&= text.trim() === "";
    for (const token of this.#tokens(text)) this.#take(token, found);
    this.#charsSinceEntry = found.length > 0 ? 0 : this.#charsSinceEntry + text.length;
    if (this.#charsSinceEntry > CHARS_WITHOUT_ENTRY_MAX) throw this.#fault("no entry ends within 1 MiB");
    return found;
  }

  /** To be called after the last piece. */
  end(): void {
    if (this.#state === "start") throw new MappingFault(this.#blank ? "it is empty" : "it is not JSON");
    if (this.#state === "inside") throw this.#fault("it ends in the middle");
  }

  #tokens(text: string): readonly Token[] {
    let result: unknown;
    try {
      result = this.#parse(text);
    } catch {
      throw this.#fault("it is not JSON");
    }
    return typeof result === "object" && result !== null && "values" in result ? (result.values as readonly Token[]) : [];
  }

  #take(token: Token, found: MappingEntry[]): void {
    if (this.#state === "start") {
      if (token.name !== "startObject") throw new MappingFault("it is JSON, but not an object");
      this.#state = "inside";
    } else if (token.name === "keyValue") {
      if (!isUsableName(token.value)) throw this.#fault(`${quoted(token.value)} cannot be the name of a blob`);
      this.#name = token.value;
    } else if (token.name === "endObject") this.#state = "done";
    else if (this.#name === undefined) throw this.#fault("it is not JSON");
    else {
      if (token.name !== "stringValue") throw this.#fault(`the value of ${quoted(this.#name)} is not a text`);
      if (token.value === "" || token.value.includes("\0")) throw this.#fault(`the path of ${quoted(this.#name)} is empty or has a NUL`);
      found.push({ number: this.#entries, guid: this.#name, path: token.value });
      this.#name = undefined;
      this.#entries += 1;
    }
  }

  #fault(why: string): MappingFault {
    return new MappingFault(this.#entries === 0 ? why : `${why}, somewhere after entry ${this.#entries}`);
  }
}

/** A slash at the end is what marks a placeholder, so no entry may have one; one in front would make a segment without a name. */
function isUsableName(name: string): boolean {
  return isBlobName(name) && !name.endsWith("/");
}

function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text);
}
