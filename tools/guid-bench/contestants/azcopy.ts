import { chmodSync, copyFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { GuidContestant, GuidSite } from "../contestant.ts";

const FLAGS = ["--recursive", "--log-level", "NONE", "--skip-version-check", "--output-level", "quiet"];

const url = ({ azurite, container, sas }: GuidSite, path = ""): string => `${azurite.serviceUrl}/${container}${path}?${sas}`;

/**
 * AzCopy from its npm package, which does not mark the program as one: it is copied into `folder` and made runnable. First as it
 * comes, then storing MD5s, which it checks in a restore where there are some.
 */
export function azcopyIn(folder: string): readonly GuidContestant[] {
  const packed = join(dirname(createRequire(import.meta.url).resolve("@azure-tools/azcopy-linux/package.json")), "dist", "bin");
  const program = join(folder, "azcopy");
  copyFileSync(join(packed, readdirSync(packed).find((name) => name.startsWith("azcopy")) ?? "azcopy"), program);
  chmodSync(program, 0o755);
  const plain: GuidContestant = {
    name: "AzCopy",
    settings: "copy --recursive, as it comes; MD5 neither stored nor checked",
    restoredTo: ({ source, target }) => join(target, basename(source)),
    environment: ({ home }) => ({ AZCOPY_LOG_LOCATION: home, AZCOPY_JOB_PLAN_LOCATION: home, AZCOPY_DISABLE_SYSLOG: "true" }),
    prepare: () => undefined,
    save: (site) => [program, "copy", site.source, url(site), "--from-to", "LocalBlob", ...FLAGS],
    restore: (site) => [program, "copy", url(site, `/${basename(site.source)}`), site.target, "--from-to", "BlobLocal", ...FLAGS],
  };
  const checking: GuidContestant = {
    ...plain,
    name: "AzCopy --put-md5",
    settings: "copy --recursive --put-md5; MD5 stored and checked",
    save: (site) => [...plain.save(site), "--put-md5"],
  };
  return [plain, checking];
}
