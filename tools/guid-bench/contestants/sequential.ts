import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GuidContestant, GuidSite } from "../contestant.ts";

const SCRIPT = fileURLToPath(new URL("../sequential-copy.ts", import.meta.url));

const command = (direction: "save" | "restore", { azurite, container, source, target }: GuidSite): readonly string[] => [
  process.execPath,
  SCRIPT,
  direction,
  azurite.serviceUrl,
  container,
  source,
  target,
];

export const sequential: GuidContestant = {
  name: "SDK one after the other",
  settings: "@azure/storage-blob: uploadFile and downloadToFile in a loop",
  restoredTo: ({ source, target }) => join(target, source),
  environment: ({ azurite }) => ({ AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;${azurite.connectionString}` }),
  prepare: () => undefined,
  save: (site) => command("save", site),
  restore: (site) => command("restore", site),
};
