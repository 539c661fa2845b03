import type { Command } from "./command.ts";

/** Every command and the file it lives in. A run loads only the one it needs. */
export const COMMAND_LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./commands/init.ts")).initCommand,
  backup: async () => (await import("./commands/backup.ts")).backupCommand,
  scan: async () => (await import("./commands/scan.ts")).scanCommand,
  snapshots: async () => (await import("./commands/snapshots.ts")).snapshotsCommand,
  ls: async () => (await import("./commands/ls.ts")).lsCommand,
  cat: async () => (await import("./commands/cat.ts")).catCommand,
  dump: async () => (await import("./commands/dump.ts")).dumpCommand,
  diff: async () => (await import("./commands/diff.ts")).diffCommand,
  find: async () => (await import("./commands/find.ts")).findCommand,
  restore: async () => (await import("./commands/restore.ts")).restoreCommand,
  check: async () => (await import("./commands/check.ts")).checkCommand,
  stats: async () => (await import("./commands/stats.ts")).statsCommand,
  "key list": async () => (await import("./commands/key-list.ts")).keyListCommand,
  "key add": async () => (await import("./commands/key-add.ts")).keyAddCommand,
  "key remove": async () => (await import("./commands/key-remove.ts")).keyRemoveCommand,
  "key passwd": async () => (await import("./commands/key-passwd.ts")).keyPasswdCommand,
  "catalog rebuild": async () => (await import("./commands/catalog-rebuild.ts")).catalogRebuildCommand,
  "metrics plot": async () => (await import("./commands/metrics-plot.ts")).metricsPlotCommand,
  "config show": async () => (await import("./commands/config-show.ts")).configShowCommand,
  "guid index": async () => (await import("./commands/guid-index.ts")).guidIndexCommand,
  "guid save": async () => (await import("./commands/guid-save.ts")).guidSaveCommand,
  "guid restore": async () => (await import("./commands/guid-restore.ts")).guidRestoreCommand,
  "guid verify": async () => (await import("./commands/guid-verify.ts")).guidVerifyCommand,
  "guid import-config": async () => (await import("./commands/guid-import-config.ts")).guidImportConfigCommand,
  completion: async () => (await import("./commands/completion.ts")).completionCommand,
  version: async () => (await import("./commands/version.ts")).versionCommand,
};

/** What the nouns of two-word commands are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  key: "manage the keys that open a repository",
  catalog: "manage the local catalog",
  metrics: "look at what --metrics-log wrote",
  guid: "save files as blobs named by GUIDs, and bring them back",
  config: "look at the settings in force",
};

/** Loads every command, for help and for pages made from all of them. */
export async function loadAllCommands(): Promise<Command[]> {
  return Promise.all(Object.values(COMMAND_LOADERS).map((load) => load()));
}
