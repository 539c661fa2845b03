import type { ByteString } from "../shared/bytes.ts";
import { systemClock } from "../shared/clock.ts";
import type { PatienceDeps } from "../shared/patience.ts";
import { type Random, systemRandom } from "../shared/random.ts";
import type { AzureSource, AzureSourceDeps } from "./azure-files/azure-source.ts";
import type { ShareSpec } from "./azure-files/share-spec.ts";
import type { BesideTarget } from "./beside-target.ts";
import type { LocalTargetSpec } from "./local/local-target.ts";
import type { ContentReader, ReaderSpec, Source } from "./source.ts";
import type { Target, TargetSpec } from "./target.ts";

/**
 * Opens a local tree, or a single file, for listing. `path` is absolute and the only one through which symlinks are followed.
 * Throws E_SOURCE_MISSING, E_SOURCE_READ, E_PLATFORM.
 */
export async function openSource(path: ByteString): Promise<Source> {
  const [{ LocalSource }, { AheadSource }] = await Promise.all([import("./local/local-source.ts"), import("./local/ahead-source.ts")]);
  return new AheadSource(new LocalSource(path));
}

/** Opens a tree of an Azure Files share for listing; see `AzureSource.open`. */
export async function openShareSource(spec: ShareSpec, deps: AzureSourceDeps): Promise<AzureSource> {
  const { AzureSource } = await import("./azure-files/azure-source.ts");
  return await AzureSource.open(spec, deps);
}

/** Opens a reader for the files of a source, in the thread that reads. Throws as `openSource` does. */
export async function openReader(spec: ReaderSpec): Promise<ContentReader> {
  switch (spec.kind) {
    case "local": {
      const { LocalReader } = await import("./local/local-reader.ts");
      return new LocalReader(spec.path);
    }
    case "memory": {
      const { memoryReader } = await import("./memory/memory-source.ts");
      return memoryReader(spec.name);
    }
    case "share": {
      const { AzureReader } = await import("./azure-files/azure-reader.ts");
      return await AzureReader.open(spec.share, { clock: systemClock, random: systemRandom });
    }
  }
}

/**
 * Opens a tree for writing; its root is made when missing. `foreignOwners` counts items that stayed this user's because a plain user
 * cannot give files away: worth one remark at the end. Throws E_TARGET_ROOT, E_PLATFORM.
 */
export async function openTarget(
  spec: LocalTargetSpec | TargetSpec,
  deps: Omit<PatienceDeps, "clock">,
): Promise<Target & { readonly foreignOwners: number }> {
  if (spec.kind === "share") {
    const { AzureTarget } = await import("./azure-files/azure-target.ts");
    return await AzureTarget.open(spec.share, { clock: systemClock, ...deps });
  }
  return await openFolder(spec, deps);
}

/** Opens a folder for writing, also for those who build files beside their final names. As `openTarget`. */
export async function openFolder(
  spec: LocalTargetSpec,
  deps: { readonly random: Random },
): Promise<Target & BesideTarget & { readonly foreignOwners: number }> {
  const { LocalTarget } = await import("./local/local-target.ts");
  return new LocalTarget(spec, deps);
}
