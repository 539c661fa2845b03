import { ENTRY_KIND } from "../format/entry.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { AppError } from "../shared/errors.ts";
import { isAppError } from "../shared/errors.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";
import { openShareSource, openSource } from "../source/open.ts";
import type { Random } from "../shared/random.ts";
import type { Source } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import { notADirectory } from "./decision.ts";
import type { RestoreTarget, ThereFacts } from "./restore-target.ts";

const EMPTY = "" as ByteString;

/** What looking at a share takes. */
export interface DryTargetDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Pick<Reporter, "note">;
}

/** A target that is only looked at: whatever would change it is taken for done. */
export class DryTarget implements RestoreTarget {
  readonly #source: Source | undefined;
  /** Real directories met so far. Nothing else is listed: it is not there, or not a part of the target. */
  readonly #directories = new Set<ByteString>();
  #latest: { readonly path: ByteString; readonly nodes: ReadonlyMap<ByteString, ThereFacts> } | undefined;

  private constructor(source: Source | undefined) {
    this.#source = source;
    if (source !== undefined) this.#directories.add(EMPTY);
  }

  /** Where nothing is, everything would be new. Throws what `openSource` throws when something is there that cannot be looked at. */
  static async open(to: ByteString | ShareSpec, { clock, random, reporter }: DryTargetDeps): Promise<DryTarget> {
    try {
      if (typeof to === "string") return new DryTarget(await openSource(to));
      const deps = { clock, random, note: (text: string) => reporter.note(text), snapshotOwner: undefined };
      return new DryTarget(await openShareSource(to, deps));
    } catch (error) {
      if (isAppError(error, "E_SOURCE_MISSING")) return new DryTarget(undefined);
      throw error;
    }
  }

  async look(directory: ByteString, name: ByteString): Promise<ThereFacts | undefined> {
    return (await this.#nodes(directory)).get(name);
  }

  async list(directory: ByteString): Promise<readonly ThereFacts[]> {
    return [...(await this.#nodes(directory)).values()];
  }

  async makeDirectory(directory: ByteString, name: ByteString, replace: boolean): Promise<"created" | "exists"> {
    const there = await this.look(directory, name);
    if (there?.kind === ENTRY_KIND.directory) return "exists";
    if (there !== undefined && !replace) throw notADirectory(joinPath(directory, name));
    return "created";
  }

  makeSpecial(): readonly AppError[] {
    return [];
  }

  link(): void {}

  finishDirectory(): readonly AppError[] {
    return [];
  }

  remove(): void {}

  async close(): Promise<void> {
    await this.#source?.close();
  }

  async #nodes(path: ByteString): Promise<ReadonlyMap<ByteString, ThereFacts>> {
    if (this.#latest?.path === path) return this.#latest.nodes;
    const nodes = new Map<ByteString, ThereFacts>();
    if (this.#source !== undefined && this.#directories.has(path)) {
      for await (const batch of this.#source.list(path)) {
        for (const { name, kind, size, modifiedNs, links } of batch) {
          nodes.set(name, { name, kind, size, modifiedNs, links });
          if (kind === ENTRY_KIND.directory) this.#directories.add(joinPath(path, name));
        }
      }
    }
    this.#latest = { path, nodes };
    return nodes;
  }
}
