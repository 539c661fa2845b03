import { readProject, type SourceFacts } from "./syntax.ts";

/** The folder of the repository, without a slash at the end. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Written by tools and compared with their source by `npm run check:generated`; no person reads their shape. */
const GENERATED = ["src/format/generated/", "src/chunker/kernel.wasm.ts"];

/** Every TypeScript file people write in this repository. */
export function projectFacts(): readonly SourceFacts[] {
  return readProject(ROOT).filter(({ path }) => !GENERATED.some((prefix) => path.startsWith(prefix)));
}
