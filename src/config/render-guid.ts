import { stringify } from "yaml";
import type { GuidConfig } from "./config.ts";

/** The `guid:` section as the text of a configuration file. */
export function renderGuidConfig(guid: GuidConfig): string {
  return stringify({ guid }, { lineWidth: 0 });
}
