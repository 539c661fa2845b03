import { below, fraction } from "../../random/hash.ts";
import type { FileState } from "./file-history.ts";

const SALT = { odd: 41, word: 42, extension: 43 } as const;

/** Names that give clients trouble: one in fifty files has one. */
const ODD_SHARE = 0.02;
const ODD_WORDS = ["Größe", "naïve café", "R&D 'new'", "100%25 sure", "日本語", "😀 smile", "a+b=c;d", "x".repeat(200)];

const WORDS = [
  "report",
  "invoice",
  "photo",
  "scan",
  "draft",
  "minutes",
  "budget",
  "plan",
  "letter",
  "notes",
  "backup",
  "export",
  "summary",
  "contract",
  "drawing",
  "sheet",
  "slides",
  "figure",
  "sample",
  "record",
  "ledger",
  "order",
  "offer",
  "manual",
  "readme",
  "index",
  "archive",
  "survey",
] as const;
const EXTENSIONS = ["docx", "xlsx", "pdf", "jpg", "txt", "png", "pptx", "csv", "xml", "zip", "dwg", "md"] as const;

/** Digits of a slot in a file's name, and of an ordinal in a directory's: equal lengths keep the order of numbers and of names the same. */
const SLOT_DIGITS = 7;
const ORDINAL_DIGITS = 6;

/** A file's name. It begins with its slot, so that the slot can be found again. */
export function fileName({ base, place, renamed }: Pick<FileState, "base" | "place" | "renamed">): string {
  const words = fraction(base, SALT.odd) < ODD_SHARE ? ODD_WORDS : WORDS;
  const word = words[below(words.length, base, SALT.word)] ?? "";
  const extension = EXTENSIONS[below(EXTENSIONS.length, base, SALT.extension)] ?? "";
  const suffix = renamed === 0 ? "" : ` r${renamed}`;
  return `${String(place.slot).padStart(SLOT_DIGITS, "0")} ${word}${suffix}.${extension}`;
}

/** A directory's name, from its number and its place among its siblings. */
export function directoryName(seed: number, dir: number, ordinal: number): string {
  return `d${String(ordinal).padStart(ORDINAL_DIGITS, "0")} ${WORDS[below(WORDS.length, seed, SALT.word, dir)] ?? ""}s`;
}

/** What a name would have to belong to; undefined for names that nothing here has. */
export function parseName(name: string): { readonly kind: "file" | "directory"; readonly number: number } | undefined {
  const [, slot, ordinal] = /^(?:(\d{7})|[dD](\d{6})) /.exec(name) ?? [];
  if (slot !== undefined) return { kind: "file", number: Number(slot) };
  return ordinal === undefined ? undefined : { kind: "directory", number: Number(ordinal) };
}
