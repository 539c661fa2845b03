import type { ByteString } from "../shared/bytes.ts";
import type { Random } from "../shared/random.ts";
import type { BesideTarget } from "./beside-target.ts";
import type { LocalTargetSpec } from "./local/local-target.ts";
import type { ContentReader, ReaderSpec, Source } from "./source.ts";
import type { Target } from "./target.ts";

/**
 * Opens a local tree, or a single file, for listing. `path` is absolute and the only one through which symlinks are followed.
 * Throws E_SOURCE_MISSING, E_SOURCE_READ, E_PLATFORM.
 */
export async function openSource(path: ByteString): Promise<Source> {
  const { LocalSource } = await import("./local/local-source.ts");
  return new LocalSource(path);
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
  }
}

/**
 * Opens a tree for writing; its root is made when missing. `foreignOwners` counts items that stayed this user's because a plain user
 * cannot give files away: worth one remark at the end. Throws E_TARGET_ROOT, E_PLATFORM.
 */
export async function openTarget(
  spec: LocalTargetSpec,
  deps: { readonly random: Random },
): Promise<Target & BesideTarget & { readonly foreignOwners: number }> {
  const { LocalTarget } = await import("./local/local-target.ts");
  return new LocalTarget(spec, deps);
}
