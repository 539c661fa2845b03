import { join } from "node:path";
import type { BenchProgram } from "../program.ts";
import { shell } from "../program.ts";

// What the machine needs for parts of the work alone: no encryption, no deduplication, no snapshots.

export const copy: BenchProgram = {
  name: "cp -a",
  role: "floor",
  executable: "cp",
  settings: "neither compressed nor encrypted",
  version: ["cp", "--version"],
  environment: () => ({}),
  prepare: () => [],
  command: (step, { tree, repo, into }) => {
    if (step === "first") return { argv: ["cp", "-a", tree, repo] };
    if (step === "restore") return { argv: ["cp", "-aT", repo, into] };
    return undefined;
  },
};

export const tarZstd: BenchProgram = {
  name: "tar | zstd -1 -T2",
  role: "floor",
  executable: "zstd",
  settings: "not encrypted, everything each time",
  version: ["zstd", "--version"],
  environment: () => ({}),
  prepare: ({ repo }) => [{ argv: ["mkdir", repo] }],
  command: (step, { tree, repo, into }) => {
    const archive = join(repo, "tree.tar.zst");
    if (step === "first") return shell('tar -C "$1" -cf - . | zstd -q -1 -T2 -o "$2"', tree, archive);
    if (step === "restore") return shell('zstd -q -dc "$1" | tar -C "$2" -xf -', archive, into);
    if (step === "check") return { argv: ["zstd", "-q", "-t", archive] };
    return undefined;
  },
};

export const walk: BenchProgram = {
  name: "find",
  role: "floor",
  executable: "find",
  settings: "names, sizes and times only",
  version: ["find", "--version"],
  environment: () => ({}),
  prepare: ({ repo }) => [{ argv: ["mkdir", repo] }],
  command: (step, { tree }) => (step === "unchanged" ? { argv: ["find", tree, "-printf", "%s %T@ %P\\n"] } : undefined),
};
