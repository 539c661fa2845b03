const LEVEL_0 = ["shared"] as const;
const LEVEL_1 = [...LEVEL_0, "format", "crypto", "chunker", "telemetry"] as const;
const LEVEL_2 = [...LEVEL_1, "config", "storage", "source", "database"] as const;
const LEVEL_3 = [...LEVEL_2, "repository", "catalog"] as const;
const LEVEL_4 = [...LEVEL_3, "scanner", "archiver", "restorer", "maintenance", "guid"] as const;

/** The law: each folder under `src/`, and the rooms it may import from beside itself. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  format: LEVEL_0,
  crypto: [...LEVEL_0, "format"],
  chunker: LEVEL_0,
  telemetry: LEVEL_0,
  config: LEVEL_1,
  storage: LEVEL_1,
  source: LEVEL_1,
  database: LEVEL_1,
  repository: LEVEL_2.filter((room) => room !== "database"),
  catalog: LEVEL_2.filter((room) => room !== "storage"),
  scanner: LEVEL_3,
  archiver: LEVEL_3,
  restorer: LEVEL_3,
  maintenance: LEVEL_3,
  guid: LEVEL_2.filter((room) => room !== "database" && room !== "chunker" && room !== "crypto"),
  cli: LEVEL_4,
};

/** Folders (or files) under `src/` that may import a third-party package; a name ending in `/` stands for a whole scope. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "@azure/": ["storage/azure-blob", "source/azure-files"],
  "@napi-rs/blake-hash": ["crypto"],
  "hash-wasm": ["crypto"],
  commander: ["cli"],
  echarts: ["telemetry/plot"],
  flatbuffers: ["format"],
  ignore: ["source"],
  koffi: ["source/local"],
  picomatch: ["maintenance", "guid", "cli"],
  "stream-json": ["guid"],
  yaml: ["config"],
  zod: ["config", "cli"],
};

/** Folders under `src/` that may use what the operating system gives; builtins not named here are free to all. */
export const BUILTIN_HOMES: Readonly<Record<string, readonly string[]>> = {
  "node:fs": ["shared", "source/local", "storage/local", "storage/cache", "database", "catalog", "config", "telemetry", "guid", "cli"],
  "node:os": ["config", "telemetry", "cli"],
  "node:sqlite": ["database"],
  "node:child_process": ["config", "cli"],
  "node:worker_threads": ["shared", "archiver", "restorer", "maintenance"],
  "node:crypto": ["shared", "crypto", "chunker", "storage/azure-blob", "source/azure-files", "guid"],
  "node:timers": ["shared"],
  "node:process": ["config", "cli"],
  "node:tty": ["cli"],
  "node:readline": ["cli"],
  "node:cluster": [],
  "node:dgram": [],
  "node:dns": [],
  "node:http": ["storage/azure-blob"],
  "node:http2": [],
  "node:https": [],
  "node:net": ["storage/azure-blob", "source/azure-files"],
  "node:tls": ["storage/azure-blob"],
  "node:vm": [],
};
