import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { BenchProgram } from "./program.ts";
import { borg } from "./programs/borg.ts";
import { copy, tarZstd, walk } from "./programs/floors.ts";
import { kopia } from "./programs/kopia.ts";
import { restic } from "./programs/restic.ts";
import { rustic } from "./programs/rustic.ts";
import { varve } from "./programs/varve.ts";
import { vykar, vykarLz4 } from "./programs/vykar.ts";

/** Everything the bench knows how to run. */
export const PROGRAMS: readonly BenchProgram[] = [varve, vykar, vykarLz4, kopia, restic, rustic, borg, tarZstd, copy, walk];

/** Where an executable is, or undefined. */
export function findExecutable(name: string, searchPath: string): string | undefined {
  const places = isAbsolute(name)
    ? [name]
    : searchPath
        .split(delimiter)
        .filter((place) => place !== "")
        .map((place) => join(place, name));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

/**
 * The programs that are there, of those asked for; all when `names` is empty. A program goes by its name, and by its executable when no
 * program has that name. Throws for a name nobody has.
 */
export function choosePrograms(
  names: readonly string[],
  searchPath: string,
): { readonly found: BenchProgram[]; readonly missing: BenchProgram[] } {
  const asked = names.length === 0 ? PROGRAMS : PROGRAMS.filter((program) => names.some((wanted) => goesBy(program, wanted)));
  const unknown = names.filter((wanted) => !PROGRAMS.some((program) => goesBy(program, wanted)));
  if (unknown.length > 0)
    throw new Error(`unknown program ${unknown.join(", ")}; known are ${PROGRAMS.map(({ name }) => name).join(", ")}`);
  const isThere = ({ executable }: BenchProgram): boolean => findExecutable(executable, searchPath) !== undefined;
  return { found: asked.filter(isThere), missing: asked.filter((program) => !isThere(program)) };
}

function goesBy({ name, executable }: BenchProgram, wanted: string): boolean {
  return name === wanted || (executable === wanted && !PROGRAMS.some((program) => program.name === wanted));
}
