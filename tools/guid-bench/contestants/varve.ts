import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GuidContestant, GuidSite } from "../contestant.ts";

/** The real program. */
export const VARVE: string = fileURLToPath(new URL("../../../bin/varve", import.meta.url));

const where = ({ container }: GuidSite): readonly string[] => ["--container", container, "--quiet"];

export const varve: GuidContestant = {
  name: "varve guid",
  settings: "as it comes: 20 workers, MD5 stored and checked; index not counted in",
  restoredTo: ({ source, target }) => join(target, source),
  environment: ({ azurite }) => ({ AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString }),
  prepare: ({ source }) => [VARVE, "guid", "index", source, "--quiet"],
  save: (site) => [VARVE, "guid", "save", ...where(site)],
  restore: (site) => [VARVE, "guid", "restore", ...where(site), "--to", site.target, "--metrics-log", "none"],
};
